"""The state of the site at this moment, as the last health checks measured it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from monitoring.models import AgentState, HealthCheck
from monitoring.rules import EVERY_S, Requests
from viral_engine import formatting as fmt
from viral_engine.kernel.agent_registry import AGENTS, agent_title

CHECKS = 10  # five minutes
MAX_AGE_S = 90.0  # three checks were missed: the numbers are outdated


@dataclass(frozen=True, slots=True)
class RightNow:
    """People online, latency of decisions and requests of the last five minutes; None and zeros without a check."""

    people: int | None
    latency_avg_ms: float | None
    requests: Requests
    note: str

    @property
    def online_text(self) -> str:
        return "learners online not known" if self.people is None else f"{fmt.count(self.people)} learners online now"

    @property
    def error_rate_text(self) -> str:
        return fmt.share(self.requests.errors, self.requests.count)


def read_right_now(at: datetime) -> RightNow:
    """Cost  1 query."""
    checks = HealthCheck.objects.window(CHECKS)
    if not checks or abs(checks[-1].age_s(at)) > MAX_AGE_S:
        return RightNow(None, None, Requests(0, 0), "no health check in the last minutes")
    newest, span = checks[-1], fmt.duration_in_words(len(checks) * EVERY_S)
    answered = sum((Requests(check.requests, check.errors) for check in checks), Requests(0, 0))
    note = f"over {span}, up to {newest.at.astimezone(UTC):%H:%M} UTC"
    return RightNow(newest.people, newest.latency_avg_ms, answered, note)


def agent_statuses() -> dict[str, str]:
    """The status of every agent by key, in the order of the registry; 1 query.

    Shape  {"orchestrator": "Healthy", "trust_safety": "Healthy, idle", "attribution": "Failing", ...}
    """
    known = {state.name: str(state.get_state_display()) for state in AgentState.objects.all()}
    return {key: known.get(key, "Not checked yet") for key in [*AGENTS, *sorted(known.keys() - AGENTS.keys())]}


def status_rows() -> tuple[tuple[str, str], ...]:
    """Title and status of every agent. Cost  1 query."""
    return tuple((agent_title(key), status) for key, status in agent_statuses().items())
