from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, ProtectedError, Q

from loops.models.link import DETAIL_RELATIONS, UNREAD_DETAILS, Link
from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.row_cache import RowCache
from viral_engine.kernel.text.validators import validate_title


class LoopRenamed(Exception):
    """A loop's name is the key of its folder, its flag and its links, and never changes."""


def flagged() -> list[str]:
    """Names of the loops whose feature flag is on."""
    return [name for name, is_on in settings.FEATURES.items() if is_on]


class LoopQuerySet(models.QuerySet["Loop"]):
    def update(self, **changes: Any) -> int:
        """Refuse a new name, as `Loop.save` does."""
        if "name" in changes:
            raise LoopRenamed
        try:
            return super().update(**changes)
        finally:
            _rows.clear()

    def delete(self) -> tuple[int, dict[str, int]]:
        try:
            return super().delete()
        finally:
            _rows.clear()


class Loop(models.Model):
    """A loop's admin settings. A loop without a row does not run.

    The row is there as long as the code is: it is switched off, never renamed or deleted.
    """

    name = models.SlugField(max_length=40, primary_key=True)
    title = models.CharField(max_length=60, validators=[validate_title])
    is_on = models.BooleanField(default=True)
    expected_k = models.FloatField(help_text="Expected FVM referees per exposed person until there is data.")
    cooldown_s = models.PositiveIntegerField(help_text="Seconds before the loop prompts the same person again.")
    min_score = models.PositiveSmallIntegerField(default=0, help_text="Lowest score that makes a person eligible.")
    fewest_people = models.PositiveSmallIntegerField(
        default=0, help_text="Cohort members who must have been active in the last 7 days."
    )
    learned = models.JSONField(
        default=dict, blank=True, editable=False, help_text="{role: {exposed, joined, k}}, updated every night."
    )

    objects = LoopQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expected_k__gte=0), name="loop_k_not_negative"),
            models.CheckConstraint(condition=Q(min_score__lte=100), name="loop_min_score_to_100"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored_name = self.name

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises  LoopRenamed."""
        if not self._state.adding and self._stored_name != self.name:
            raise LoopRenamed
        try:
            super().save(*args, **kwargs)
        finally:
            _rows.clear()

    def delete(self, *_: Any, **__: Any) -> tuple[int, dict[str, int]]:
        """Raises  ProtectedError: switch the loop off instead."""
        raise ProtectedError("A loop is switched off, not deleted: its links and rewards belong to it.", {self})

    def k_for(self, role: str) -> float:
        """Return the K-factor for a role: estimated from data, else configured."""
        learned = self.learned.get(role)
        return float(learned["k"]) if learned else self.expected_k


_rows = RowCache(lambda: {loop.name: loop for loop in Loop.objects.all()})


def running_loops() -> dict[str, Loop]:
    """The loops whose switch and feature flag are both on, by name. Cost  as `RowCache`, 1 query."""
    rows = _rows.get()
    return {name: rows[name] for name in flagged() if name in rows and rows[name].is_on}


class PromptQuerySet(models.QuerySet["Prompt"]):
    def open(self) -> Self:
        """Offers not dismissed, of loops that are on: a loop that is switched off offers nothing more."""
        return self.filter(dismissed_at=None, loop__is_on=True, loop__in=flagged())

    def first_with_details(self) -> "Prompt | None":
        """The first match with its link and the link's rows; 2 queries, 1 when there is none."""
        named = self.values_list("pk", "loop_id").first()
        if named is None:
            return None
        paths = (f"link__{path}" for path in ("referrer", "loop", *DETAIL_RELATIONS[named[1]]))
        unread = (f"link__{path}" for path in UNREAD_DETAILS[named[1]])
        return self.select_related(*paths).defer(*unread).get(pk=named[0])


class Prompt(models.Model):
    """An offer to one person.

    `ordinal` numbers the person's prompts of a day. It is unique, so the daily cap and the cooldown hold when two
    triggers race.
    """

    shared = NotShared("an offer to the person")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="prompts")
    loop = models.ForeignKey(Loop, on_delete=models.PROTECT, related_name="prompts")
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="prompts")
    attempt_id = models.UUIDField(null=True, blank=True, help_text="The attempt whose result triggered it.")
    rationale = models.TextField()
    offered_at = models.DateTimeField()
    offered_on = models.DateField()
    ordinal = models.PositiveSmallIntegerField()
    shown_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    shared_at = models.DateTimeField(null=True, blank=True)

    objects = PromptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "offered_on", "ordinal", name="prompt_one_per_place"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="prompt_ordinal_from_1"),
            models.CheckConstraint(
                condition=Q(shown_at=None) | Q(shown_at__gte=F("offered_at")), name="prompt_shown_after_offered"
            ),
        ]
        indexes = [
            models.Index("user", "offered_at", name="prompt_user_offered"),
            models.Index("attempt_id", name="prompt_attempt"),
        ]

    def __str__(self) -> str:
        return f"{self.loop_id} for {self.user_id}"
