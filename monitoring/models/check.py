from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone

from monitoring.rules import EVERY_S, HOUR_S, Requests


class HealthCheckQuerySet(models.QuerySet["HealthCheck"]):
    def newest(self) -> "HealthCheck | None":
        """The last check by id: a clock can go back, ids cannot."""
        return self.filter(span_s=EVERY_S).order_by("-pk").first()

    def window(self, limit: int) -> list["HealthCheck"]:
        """The newest checks, oldest first; 1 query."""
        return list(self.filter(span_s=EVERY_S).order_by("-pk")[:limit])[::-1]

    def older_than(self, instant: datetime) -> Self:
        return self.filter(span_s=EVERY_S, slot__lt=instant)


class HealthCheck(models.Model):
    """One health check, or after a day the mean of an hour of checks. Null means unknown."""

    epoch = models.PositiveIntegerField(default=0, help_text="Goes up by one when the clock was set back.")
    span_s = models.PositiveIntegerField(default=EVERY_S)
    slot = models.DateTimeField(help_text="Start of the span.")
    at = models.DateTimeField()
    decisions_per_s = models.FloatField(default=0)
    loops_per_s = models.FloatField(default=0)
    latency_avg_ms = models.FloatField(null=True, blank=True)
    latency_p95_ms = models.FloatField(null=True, blank=True)
    requests = models.PositiveIntegerField(default=0, help_text="Answered in the previous slot.")
    errors = models.PositiveIntegerField(default=0, help_text="Those answered with 500 or above.")
    people = models.PositiveIntegerField(null=True, blank=True)
    experiments = models.PositiveIntegerField(null=True, blank=True)
    queue_depth = models.PositiveIntegerField(null=True, blank=True)
    deliveries_waiting = models.PositiveIntegerField(default=0)
    dead_letters = models.PositiveIntegerField(default=0, help_text="Dead letters.")
    failing_agents = models.PositiveSmallIntegerField(default=0)
    database_ms = models.FloatField(default=0)
    redis_ms = models.FloatField(null=True, blank=True)
    took_ms = models.FloatField(default=0)

    objects = HealthCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("epoch", "span_s", "slot", name="health_check_once_a_slot"),
            models.CheckConstraint(condition=Q(span_s__in=[EVERY_S, HOUR_S]), name="health_check_span_known"),
            models.CheckConstraint(condition=Q(errors__lte=models.F("requests")), name="health_check_errors_counted"),
        ]
        indexes = [models.Index("span_s", "slot", name="health_check_slot")]

    def __str__(self) -> str:
        return f"{self.slot:%Y-%m-%d %H:%M:%S}, {self.span_s} s"

    @property
    def error_rate(self) -> float:
        return Requests(self.requests, self.errors).error_rate

    def age_s(self, at: datetime) -> float:
        """Negative when the clock was set back since."""
        return (at - self.at).total_seconds()


class AgentState(models.Model):
    """The state of one agent at the last check."""

    class State(models.TextChoices):
        OK = "ok", "Healthy"
        IDLE = "idle", "Healthy, idle"
        SLOW = "slow", "Slow"
        FAILING = "failing", "Failing"

    WELL: ClassVar[tuple[str, ...]] = (State.OK, State.IDLE)

    name = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=60)
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(max_length=200, blank=True, default="")
    decisions = models.PositiveIntegerField(default=0, help_text="In the last five minutes.")
    degraded = models.PositiveIntegerField(default=0)
    latency_avg_ms = models.FloatField(null=True, blank=True)
    probe_ms = models.FloatField(null=True, blank=True, help_text="Empty when the probe failed.")
    since = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["ok", "idle", "slow", "failing"]), name="agent_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_state_display()}"

    @property
    def is_well(self) -> bool:
        return self.state in self.WELL


class FailingJobQuerySet(models.QuerySet["FailingJob"]):
    def lasting(self, at: datetime) -> Self:
        """Those that fail for longer than a moment: both a number of runs and a time."""
        return self.filter(failures__gte=FailingJob.MIN_FAILURES, since__lte=at - FailingJob.MIN_TIME)


class FailingJob(models.Model):
    """A task whose newest run failed. The first run that succeeds deletes the row."""

    MIN_FAILURES: ClassVar[int] = 3
    MIN_TIME: ClassVar[timedelta] = timedelta(minutes=5)

    task = models.CharField(max_length=120, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    since = models.DateTimeField()
    error = models.CharField(max_length=60, help_text="The kind of the newest error.")

    objects = FailingJobQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.task} failed {self.failures} times: {self.error}"


class RequestTallyQuerySet(models.QuerySet["RequestTally"]):
    def windows(self, windows_s: list[int], at: datetime) -> dict[int, Requests]:
        """Requests in each of these windows up to `at`; 1 query for any number of windows."""
        sums = {}
        for window_s in windows_s:
            within = Q(at__gt=at - timedelta(seconds=window_s))
            sums[f"requests_{window_s}"] = Sum("requests", filter=within, default=0)
            sums[f"errors_{window_s}"] = Sum("errors", filter=within, default=0)
        found = self.filter(at__gt=at - timedelta(seconds=max(windows_s)), at__lte=at).aggregate(**sums)
        return {one: Requests(found[f"requests_{one}"], found[f"errors_{one}"]) for one in windows_s}

    def of_slot(self, slot: datetime) -> Requests:
        """1 query."""
        tally = self.filter(at=slot).first()
        return Requests(tally.requests, tally.errors) if tally is not None else Requests(0, 0)


class RequestTally(models.Model):
    """Requests that all processes answered in one slot of 30 s; the windows of alerts are sums of these rows."""

    at = models.DateTimeField(unique=True, help_text="Start of the slot.")
    requests = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)

    objects = RequestTallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "request tallies"
        constraints = [
            models.CheckConstraint(condition=Q(errors__lte=models.F("requests")), name="request_tally_errors_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.requests} requests, {self.errors} errors"
