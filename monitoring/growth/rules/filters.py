"""The filter of a dashboard, and the days it stands for."""

from dataclasses import dataclass
from datetime import date, timedelta

from loops.events import SessionActionMade, SessionSummarized
from loops.rules.k_factor import mature_until
from monitoring.growth.rules.counting import BACK_AFTER, REWARD_MEASURES
from monitoring.growth.rules.labels import COMPLAINTS
from viral_engine.learning.events import (
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeTestCompleted,
    SessionCompleted,
    SessionRatedFiveStars,
)

MATURE, LATEST = "mature", "latest"
PERIODS = (7, 14, 30)
# Measures that a filter cannot split stay unfiltered, on a page and in its CSV alike. Attempts, tutoring sessions,
# complaints and organic sign-ups belong to no loop. Rewards and agents have no persona.
AGENT_MEASURES = frozenset({"agent_decided", "agent_degraded", "agent_latency", "refused"})
REWARD_ECONOMY_MEASURES = frozenset({*REWARD_MEASURES.values(), "reward_lines", "reward_cents"})
FINISHED_ATTEMPTS = (PracticeCompleted.type, PracticeTestCompleted.type, DiagnosticCompleted.type)
TUTORING_SESSIONS = (
    SessionCompleted.type,
    SessionRatedFiveStars.type,
    SessionSummarized.type,
    SessionActionMade.type,
)
JOINED = ("joined", *(f"back_{days}" for days in BACK_AFTER))
WITHOUT_LOOP = AGENT_MEASURES | {"active", *JOINED, *FINISHED_ATTEMPTS, *TUTORING_SESSIONS, *COMPLAINTS}
WITHOUT_PERSONA = AGENT_MEASURES | REWARD_ECONOMY_MEASURES


@dataclass(frozen=True, slots=True)
class DashboardFilter:
    """An empty loop or persona means all. `cohort` is mature, latest, or one day of first exposures."""

    days: int = 7
    loop: str = ""
    persona: str = ""
    cohort: str = MATURE

    @property
    def key(self) -> str:
        """The filter as part of a topic: `7.buddy_challenge..mature`."""
        return f"{self.days}.{self.loop}.{self.persona}.{self.cohort}"

    def period(self, today: date) -> tuple[date, date]:
        """First and last day of the period; the last is today."""
        return today - timedelta(days=self.days - 1), today

    def days_of(self, today: date) -> list[date]:
        """All days of the period."""
        return [today - timedelta(days=n) for n in reversed(range(self.days))]

    def cohorts(self, today: date) -> tuple[date, date]:
        """First and last day of the first exposures."""
        if self.cohort not in {MATURE, LATEST}:
            day = date.fromisoformat(self.cohort)
            return day, day
        last = today if self.cohort == LATEST else mature_until(today)
        return last - timedelta(days=self.days - 1), last

    def is_mature(self, today: date) -> bool:
        return self.cohorts(today)[1] <= mature_until(today)


def iso_week(day: date) -> str:
    """2026-W10"""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
