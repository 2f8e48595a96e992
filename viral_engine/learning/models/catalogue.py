from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, Count, F, Q, When
from django.db.models.functions import Abs

from viral_engine.kernel.row_cache import RowCache
from viral_engine.kernel.text.validators import SLUG, validate_title, validate_topic_slug

MIDDLE_GRADE = 6  # of people whose grade is unknown
SLUG_ALONE = rf"\A{SLUG}\Z"


class Subject(models.Model):
    slug = models.SlugField(max_length=40, unique=True, validators=[validate_topic_slug])
    name = models.CharField(max_length=60, validators=[validate_title])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.CheckConstraint(condition=Q(slug__regex=SLUG_ALONE), name="subject_slug_is_a_topic")]

    def __str__(self) -> str:
        return self.name


CATALOGUE_ORDER = ("subject__position", "position", "name")


class SkillQuerySet(models.QuerySet["Skill"]):
    def near_grade(self, grade: int | None, most: int) -> Self:
        """Up to `most` skills of a test: first those taught by this grade, the latest first, then the next ones."""
        at = MIDDLE_GRADE if grade is None else grade
        is_later = Case(When(first_grade__gt=at, then=1), default=0)
        distance = Abs(F("first_grade") - at)
        return self.order_by(is_later, distance, "position", "pk")[:most]

    def practicable(self) -> Self:
        """Skills with enough questions, in catalogue order."""
        counted = self.annotate(question_count=Count("questions", filter=Q(questions__is_active=True)))
        practicable = counted.filter(question_count__gte=Skill.MIN_QUESTIONS).select_related("subject")
        return practicable.order_by(*CATALOGUE_ORDER)  # a query that groups ignores the model's own order


class Skill(models.Model):
    MIN_QUESTIONS = 5
    best_score: int | None = None  # of one learner; set by the practice menu
    stars: int = 0  # of one learner, see rules.mastery; set by the practice menu
    to_review: int = 0  # the same

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="skills")
    slug = models.SlugField(max_length=40, unique=True, validators=[validate_topic_slug])
    name = models.CharField(max_length=60, validators=[validate_title])
    position = models.PositiveSmallIntegerField(default=0)
    first_grade = models.PositiveSmallIntegerField(
        default=1, help_text="The grade in which learners meet it first; before that they get its easy questions."
    )

    objects = SkillQuerySet.as_manager()

    class Meta:
        ordering = [*CATALOGUE_ORDER]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_ALONE), name="skill_slug_is_a_topic"),
            models.CheckConstraint(condition=Q(first_grade__range=(1, 12)), name="skill_grade_in_school"),
        ]

    def __str__(self) -> str:
        return self.name


class Difficulty(models.TextChoices):
    EASY = "easy", "Easy"
    MEDIUM = "medium", "Medium"
    HARD = "hard", "Hard"


class QuestionQuerySet(models.QuerySet["Question"]):
    def bulk_create(self, *args: Any, **options: Any) -> list["Question"]:
        try:
            return super().bulk_create(*args, **options)
        finally:
            _active.clear()

    def update(self, **changes: Any) -> int:
        try:
            return super().update(**changes)
        finally:
            _active.clear()

    def delete(self) -> tuple[int, dict[str, int]]:
        try:
            return super().delete()
        finally:
            _active.clear()


class Question(models.Model):
    """A question with four choices, one of them right. `key` identifies it across releases.

    Its kind says how learners answer. The choices help those who cannot type, and are what programs answer with.
    """

    class Kind(models.TextChoices):
        CHOICE = "choice", "Choice"
        NUMBER = "number", "Number"
        ORDER = "order", "Order"
        FILL = "fill", "Fill-in"

    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="questions")
    key = models.CharField(max_length=80, unique=True)
    passage = models.TextField(blank=True, default="")
    prompt = models.TextField()
    choices = models.JSONField()
    answer = models.PositiveSmallIntegerField(help_text="Position of the right choice, from 0.")
    explanation = models.TextField()
    difficulty = models.CharField(max_length=6, choices=Difficulty)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.CHOICE)
    parts = models.JSONField(default=list, blank=True, help_text="The things to put in order, as they are shown.")
    accepts = models.JSONField(
        default=list, blank=True, help_text="The right order of the parts, or other spellings of a fill-in."
    )
    hints = models.JSONField(default=list, blank=True, help_text="Shown one by one before the answer.")
    steps = models.JSONField(default=list, blank=True, help_text="The worked solution, one thought each.")
    is_active = models.BooleanField(default=True)
    edited_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Staff edited it: a new release does not overwrite it."
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(answer__lte=3), name="question_answer_among_four")]
        indexes = [models.Index("skill", "difficulty", name="question_skill_difficulty")]

    def __str__(self) -> str:
        return self.prompt[:60]

    def save(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().save(*args, **kwargs)
        finally:
            _active.clear()

    @property
    def right_choice(self) -> str:
        return str(self.choices[self.answer])

    @property
    def keypad(self) -> str:
        """The keys that a phone shows first: digits and a point, unless a choice needs more."""
        return "decimal" if all(choice.replace(".", "").isdigit() for choice in self.choices) else "text"

    @property
    def places(self) -> range:
        """The places of an order, from 1."""
        return range(1, len(self.parts) + 1)


@dataclass(frozen=True, slots=True)
class SkillQuestions:
    """Ids of the active questions of one skill, by difficulty."""

    skill_id: int
    by_level: dict[str, list[int]]


def _read_active() -> dict[str, SkillQuestions]:
    found: dict[str, SkillQuestions] = {}
    columns = ("skill__slug", "skill_id", "difficulty", "pk")
    for slug, skill_id, level, pk in Question.objects.filter(is_active=True).values_list(*columns):
        of_skill = found.setdefault(slug, SkillQuestions(skill_id, {}))
        of_skill.by_level.setdefault(level, []).append(pk)
    return found


_active = RowCache(_read_active)


def active_questions(skill_slug: str) -> SkillQuestions | None:
    """The active questions of a skill; None for a skill without any. Cost  as `RowCache`, 1 query."""
    return _active.get().get(skill_slug)


class Deck(models.Model):
    """A fixed set of questions that several people answer, for a fair comparison."""

    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="decks")
    questions = models.ManyToManyField(Question, through="DeckQuestion")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="deck_expires_after_created")
        ]

    def __str__(self) -> str:
        return f"deck {self.pk}: {self.skill}"

    def is_open(self, at: datetime) -> bool:
        return at < self.expires_at


class DeckQuestion(models.Model):
    deck = models.ForeignKey(Deck, on_delete=models.CASCADE, related_name="slots")
    question = models.ForeignKey(Question, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint("deck", "position", name="deck_question_one_per_place"),
            models.UniqueConstraint("deck", "question", name="deck_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.deck_id}.{self.position}"
