import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Max, Prefetch, Q, prefetch_related_objects
from django.db.models.functions import Coalesce

from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.hiding import HiddenWith
from viral_engine.learning.models.catalogue import Deck, Question, Skill, Subject
from viral_engine.learning.rules.advice import PartScore
from viral_engine.learning.rules.review import PastAnswer

# Literals, because constraints are part of migrations; the kinds are defined in Attempt.Kind.
SKILL_KINDS = ["practice", "challenge"]
SUBJECT_KINDS = ["practice_test", "diagnostic"]
MAX_RESPONSE = 120  # characters: four parts of an order, or one typed answer


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def owned_by(self, *, user_id: int | None, guest_id: uuid.UUID | None) -> Self:
        """Attempts of a user or of a guest; none when both are None."""
        if user_id is not None:
            return self.filter(user_id=user_id)
        return self.filter(guest_id=guest_id, user_id=None) if guest_id is not None else self.none()

    def unfinished(self) -> Self:
        return self.filter(finished_at=None)

    def at_work(self, at: datetime) -> Self:
        """Open attempts that were started or answered a moment ago; latest `worked_at` last."""
        signs = (
            self.unfinished()
            .filter(paused_at=None)
            .annotate(worked_at=Coalesce(Max("answers__answered_at"), F("started_at")))
        )
        return signs.filter(worked_at__gt=at - Attempt.IDLE_AFTER).order_by("worked_at")

    def overdue(self, at: datetime) -> Self:
        """Unfinished tests whose time is up."""
        return self.unfinished().filter(deadline_at__lt=at)

    def counted(self) -> Self:
        """Annotate the numbers of questions: total, answered and right."""
        return self.annotate(
            total=Count("answers"),
            answered=Count("answers", filter=Q(answers__is_correct__isnull=False)),
            right=Count("answers", filter=Q(answers__is_correct=True)),
        )

    def of_skill(self, skill: Skill) -> Self:
        """Practice attempts of a skill, without decks."""
        return self.filter(skill=skill, kind=Attempt.Kind.PRACTICE)

    def of_subject(self, subject: Subject, kind: str) -> Self:
        return self.filter(subject=subject, kind=kind)


class Attempt(models.Model):
    """One person working through questions of one skill, or of a whole subject in a test or diagnostic."""

    shared = HiddenWith("others read its result, where the account is open and shared")

    LEFT_AFTER = timedelta(minutes=30)  # without an answer: the time until the learner returns is a pause
    IDLE_AFTER = timedelta(minutes=2)  # without an answer others do not read that the person practices

    class Kind(models.TextChoices):
        PRACTICE = "practice", "Practice"
        CHALLENGE = "challenge", "Challenge"
        PRACTICE_TEST = "practice_test", "Practice test"
        DIAGNOSTIC = "diagnostic", "Diagnostic"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="attempts"
    )
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, null=True, blank=True, related_name="attempts")
    kind = models.CharField(max_length=14, choices=Kind, default=Kind.PRACTICE)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="attempts")
    skill = models.ForeignKey(
        Skill,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attempts",
        help_text="Empty for tests and diagnostics, which cover a whole subject.",
    )
    deck = models.ForeignKey(Deck, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts")
    link_code = models.CharField(max_length=8, blank=True, default="", help_text="The link that led to it.")
    started_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_s = models.PositiveIntegerField(default=0)
    deadline_at = models.DateTimeField(null=True, blank=True, help_text="A test ends at this time, handed in or not.")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(user=None, guest=None), name="attempt_has_owner"),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")), name="attempt_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["user", "deck"], condition=Q(deck__isnull=False), name="attempt_deck_once_per_user"
            ),
            models.UniqueConstraint(
                fields=["guest", "deck"], condition=Q(deck__isnull=False), name="attempt_deck_once_per_guest"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SKILL_KINDS, skill__isnull=False) | Q(kind__in=SUBJECT_KINDS, skill=None),
                name="attempt_skill_unless_of_subject",
            ),
            models.CheckConstraint(
                # States `not null`, because a comparison with null is unknown and a check accepts unknown.
                condition=Q(kind="practice_test", deadline_at__isnull=False, paused_at=None, paused_s=0)
                & Q(deadline_at__gt=F("started_at"))
                | Q(~Q(kind="practice_test"), deadline_at=None),
                name="attempt_test_has_a_deadline_and_no_pause",
            ),
            models.CheckConstraint(
                condition=Q(deadline_at=None) | Q(finished_at=None) | Q(finished_at__lte=F("deadline_at")),
                name="attempt_ends_by_its_deadline",
            ),
            models.UniqueConstraint(
                fields=["user", "skill"],
                condition=Q(kind="practice", finished_at=None),
                name="attempt_one_open_practice_per_skill",
            ),
            models.UniqueConstraint(
                fields=["user", "subject", "kind"],
                condition=Q(kind__in=SUBJECT_KINDS, finished_at=None),
                name="attempt_one_open_per_user_and_subject",
            ),
            models.UniqueConstraint(
                fields=["guest", "subject", "kind"],
                condition=Q(kind__in=SUBJECT_KINDS, finished_at=None, user=None),
                name="attempt_one_open_per_guest_and_subject",
            ),
        ]
        indexes = [
            models.Index("user", "started_at", name="attempt_user_started"),
            models.Index(
                "deadline_at", name="attempt_deadline", condition=Q(finished_at=None, deadline_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]}"

    def loaded_answers(self) -> list["Answer"]:
        """The answers with their questions, in order. Cost  1 query, none where this object has loaded them."""
        prefetch_related_objects([self], Prefetch("answers", Answer.objects.select_related("question")))
        return list(self.answers.all())

    def forget_answers(self) -> None:
        """Read the answers again when they are next needed."""
        vars(self).get("_prefetched_objects_cache", {}).pop("answers", None)

    @property
    def title(self) -> str:
        """The topic as shown to people: "Algebra" or "Math practice test"."""
        return f"{self.subject.name} {self.get_kind_display().lower()}" if self.skill is None else self.skill.name

    @property
    def shows_feedback(self) -> bool:
        """Whether each answer is checked at once; tests and diagnostics show all results at the end."""
        return self.kind in SKILL_KINDS

    @property
    def counts_first_value(self) -> bool:
        """Whether a right answer may be the person's first value moment: newcomers start with decks and diagnostics."""
        return self.deck_id is not None or self.kind == self.Kind.DIAGNOSTIC

    def is_overdue(self, at: datetime) -> bool:
        return self.deadline_at is not None and at > self.deadline_at

    def time_left(self, at: datetime) -> timedelta | None:
        """Time until the deadline, at least zero; None without a deadline."""
        return None if self.deadline_at is None else max(self.deadline_at - at, timedelta(0))

    def active_time(self, at: datetime) -> timedelta:
        """Time worked so far, without pauses."""
        until = self.finished_at or self.paused_at or at
        return max(until - self.started_at - timedelta(seconds=self.paused_s), timedelta(0))


class AnswerQuerySet(models.QuerySet["Answer"]):
    def history_of(self, user: User, skills: Iterable[int] | None = None) -> list[PastAnswer]:
        """The person's answered questions, oldest first; 1 query."""
        mine = self.filter(attempt__user=user, answered_at__isnull=False)
        if skills is not None:
            mine = mine.filter(question__skill__in=skills)
        rows = mine.order_by("answered_at").values_list(
            "question__skill", "question", "question__is_active", "is_correct", "answered_at"
        )
        return [
            PastAnswer(skill_id, question_id, is_active, bool(is_right), at)
            for skill_id, question_id, is_active, is_right, at in rows
            if at is not None
        ]

    def by_skill(self, attempt_id: uuid.UUID) -> dict[str, PartScore]:
        """The right answers per skill of an attempt, by slug, in catalogue order; 1 query."""
        asked = self.filter(attempt_id=attempt_id).order_by("question__skill__position")
        right = Count("pk", filter=Q(is_correct=True))
        rows = asked.values_list("question__skill__slug").annotate(right=right, total=Count("pk"))
        return {slug: PartScore(right, total) for slug, right, total in rows}


class Answer(models.Model):
    """One question of one attempt; `is_correct` is null until answered, and nothing changes afterwards.

    `choice` is the chosen answer, or the choice that a typed one equals; other typed answers are in `response` alone.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    position = models.PositiveSmallIntegerField()
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    choice = models.PositiveSmallIntegerField(null=True, blank=True)
    response = models.CharField(max_length=MAX_RESPONSE, blank=True, default="", help_text="The typed answer.")
    is_correct = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint("attempt", "position", name="answer_one_per_place"),
            models.CheckConstraint(condition=Q(choice=None) | Q(choice__lte=3), name="answer_among_four"),
            models.CheckConstraint(
                condition=Q(choice=None, response="", is_correct=None, answered_at=None)
                | Q(is_correct__isnull=False, answered_at__isnull=False),
                name="answer_whole_or_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}.{self.position}"

    @property
    def own_choice(self) -> str:
        """The text of the given answer; empty while the question is open."""
        if self.response or self.choice is None:
            return self.response
        return str(self.question.choices[self.choice])
