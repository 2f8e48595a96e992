"""The reads of the on-call page, each with its number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from monitoring.charts import TrendChart, trend_charts
from monitoring.health.rules import SHOWN, freshness
from monitoring.models import AgentState, Alert, HealthCheck, Notification, Silence
from monitoring.rules import Requests
from viral_engine.formatting import count, milliseconds, per_second, percent, ratio
from viral_engine.kernel.agent_registry import DECISION_BUDGET_MS

MAX_PAST = 20  # resolved alerts on the page
SILENCE_HOURS = (1, 4, 24)


@dataclass(frozen=True, slots=True)
class VitalSign:
    """One number of the site, ready to show."""

    name: str
    value: str
    note: str = ""
    tone: str = ""  # good | bad | warm | empty


@dataclass(frozen=True, slots=True)
class AlertsPanel:
    """The alerts region."""

    at: datetime
    alerts: list[Alert]
    past: list[Alert]
    silences: list[Silence]


@dataclass(frozen=True, slots=True)
class OnCallSnapshot(AlertsPanel):
    """The whole page; the same for every viewer."""

    checks: list[HealthCheck]
    agents: list[AgentState]
    trends: list[TrendChart]  # drawn once here, not again for each drawing of the page

    @property
    def newest(self) -> HealthCheck | None:
        return self.checks[-1] if self.checks else None

    @property
    def freshness(self) -> str:
        return freshness(self.newest.age_s(self.at) if self.newest else None)

    @property
    def ahead(self) -> int:
        """By how many minutes the newest check lies in the future."""
        return round(-self.newest.age_s(self.at) / 60) if self.newest else 0

    @property
    def is_well(self) -> bool:
        return self.freshness == "fresh" and not self.alerts and all(agent.is_well for agent in self.agents)

    @property
    def vitals(self) -> list[VitalSign]:
        return vitals_of(self.newest, self.checks[-10:]) if self.newest else []


def alerts_panel(at: datetime) -> AlertsPanel:
    """Cost  4 queries."""
    notices = Prefetch("notifications", Notification.objects.order_by("pk"))
    alerts = Alert.objects.select_related("acknowledged_by").prefetch_related(notices)
    return AlertsPanel(
        at=at,
        alerts=list(alerts.open().order_by("severity", "opened_at")),
        past=list(Alert.objects.exclude(resolved_at=None).order_by("-resolved_at", "-pk")[:MAX_PAST]),
        silences=list(Silence.objects.filter(until__gt=at).select_related("set_by").order_by("key")),
    )


def on_call_snapshot(at: datetime) -> OnCallSnapshot:
    """Cost  6 queries."""
    found, checks = alerts_panel(at), HealthCheck.objects.all().window(SHOWN)
    return OnCallSnapshot(
        at=at,
        alerts=found.alerts,
        past=found.past,
        silences=found.silences,
        checks=checks,
        agents=list(AgentState.objects.order_by("title")),
        trends=trend_charts(checks),
    )


def vitals_of(check: HealthCheck, recent: Sequence[HealthCheck]) -> list[VitalSign]:
    """`recent` are the checks of the last five minutes."""
    answered = Requests(sum(one.requests for one in recent), sum(one.errors for one in recent))
    redis_tone = "good" if check.redis_ms is not None else ""
    return [
        VitalSign("Database", milliseconds(check.database_ms), "answers", "good"),
        VitalSign(
            "Redis",
            milliseconds(check.redis_ms) if check.redis_ms is not None else "none",
            "answers" if check.redis_ms is not None else "",
            redis_tone,
        ),
        VitalSign("Decisions", per_second(check.decisions_per_s), f"{ratio(check.loops_per_s)} loops/s"),
        VitalSign(
            "Latency",
            milliseconds(check.latency_avg_ms) if check.latency_avg_ms is not None else "no decision",
            _p95(check),
            _latency_tone(check),
        ),
        VitalSign("Errors", percent(answered.error_rate, 1), f"{answered.errors} of {answered.count} in 5 min"),
        VitalSign("Learners online", _depth(check.people), "visible to others"),
        VitalSign("Experiments", _depth(check.experiments), "running"),
        VitalSign("Queue", _depth(check.queue_depth), f"{check.deliveries_waiting} late deliveries"),
        VitalSign(
            "Dead letters", str(check.dead_letters), "gave up after the last try", "bad" if check.dead_letters else ""
        ),
    ]


def _p95(check: HealthCheck) -> str:
    return "" if check.latency_p95_ms is None else f"95% within {milliseconds(check.latency_p95_ms)}"


def _latency_tone(check: HealthCheck) -> str:
    return "bad" if (check.latency_avg_ms or 0) > DECISION_BUDGET_MS else ""


def _depth(tasks: int | None) -> str:
    return "unknown" if tasks is None else count(tasks)
