from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q, Subquery
from django.utils.dateparse import parse_datetime

from experiments import rules
from experiments.models.experiment import Experiment, Holdout


class PhaseQuerySet(models.QuerySet["Phase"]):
    def open(self) -> Self:
        return self.filter(ended_at=None)

    def counting(self) -> Self:
        return self.filter(ended_at=None, paused_at=None)

    def stopped_by_a_guardrail(self) -> Self:
        """Phases that the site paused and that no admin has resumed or ended since."""
        harmed = Q(changes__kind="guardrail", changes__at__gte=F("paused_at"))
        return self.filter(harmed, ended_at=None).distinct()

    def served(self) -> Self:
        """Open phases, and ended phases whose winner everyone gets."""
        return self.filter(Q(ended_at=None) | ~Q(winner=""))

    def with_holdout_shares(self) -> Self:
        """Annotate each phase with the active holdouts, to read both in one query."""
        return self.annotate(holdout_shares=Subquery(Holdout.objects.all().shares()))


class Phase(models.Model):
    """One run of an experiment with one split; the definition is frozen when the phase starts.

    Coverage may rise. A different split needs a new phase with a new seed, so that no unit keeps its old place.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="phases")
    number = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=16, help_text="Random, so that renaming the experiment moves no one.")
    plan = models.JSONField(help_text="Arms, metrics, audience and namespace slice at the start.")
    coverage_bp = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    pauses = models.JSONField(default=list, help_text="[from, until] of each finished pause.")
    ended_at = models.DateTimeField(null=True, blank=True)
    holdouts = models.JSONField(default=dict, help_text="{name: share in basis points} as last applied to its units.")
    reading = models.JSONField(
        null=True, blank=True, help_text="The numbers of a fixed-size test, frozen when its verdict was made."
    )
    winner = models.SlugField(
        max_length=40, blank=True, default="", help_text="The arm everyone gets after the phase ended."
    )

    holdout_shares: dict[str, int] | None  # set by `with_holdout_shares`

    objects = PhaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("experiment", "number", name="phase_number_once"),
            models.UniqueConstraint("experiment", condition=Q(ended_at=None), name="phase_one_open"),
            models.UniqueConstraint("experiment", condition=~Q(winner=""), name="phase_one_winner"),
            models.CheckConstraint(condition=Q(coverage_bp__lte=rules.TOTAL_BP), name="phase_coverage_to_1"),
            models.CheckConstraint(condition=Q(winner="") | Q(ended_at__isnull=False), name="phase_winner_after_end"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="phase_ended_after_started"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.experiment_id} phase {self.number}"

    @property
    def state(self) -> str:
        """One of running, paused, ended."""
        if self.ended_at is not None:
            return "ended"
        return "running" if self.paused_at is None else "paused"

    @property
    def arms(self) -> list[dict[str, Any]]:
        arms: list[dict[str, Any]] = self.plan["arms"]
        return arms

    @property
    def metrics(self) -> list[dict[str, Any]]:
        metrics: list[dict[str, Any]] = self.plan["metrics"]
        return metrics

    def all_pauses(self) -> list[tuple[datetime, datetime | None]]:
        """Finished pauses, and the current one with an open end."""
        over = [(parse_datetime(start), parse_datetime(end)) for start, end in self.pauses]
        pauses = [(start, end) for start, end in over if start is not None]
        return pauses if self.paused_at is None else [*pauses, (self.paused_at, None)]
