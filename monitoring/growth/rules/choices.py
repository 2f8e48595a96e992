"""What somebody chose to look at, and which days that means."""

from dataclasses import dataclass
from datetime import date, timedelta

from loops.events import AgenticActionTriggered
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
# A filter leaves a measure whole where it would mean nothing, on a page and in its sheet alike. Rounds, lessons and
# complaints happen in no loop; of sign-ups, those who came by themselves do not. Rewards and agents know no persona.
OF_AGENTS = frozenset({"agent_decided", "agent_degraded", "agent_latency", "refused"})
OF_REWARDS = frozenset({*REWARD_MEASURES.values(), "reward_lines", "reward_cents"})
FINISHED = (PracticeCompleted.type, PracticeTestCompleted.type, DiagnosticCompleted.type)
LESSONS = (SessionCompleted.type, SessionRatedFiveStars.type, AgenticActionTriggered.type)
JOINED = ("joined", *(f"back_{days}" for days in BACK_AFTER))
OF_NO_LOOP = OF_AGENTS | {"active", *JOINED, *FINISHED, *LESSONS, *COMPLAINTS}
OF_NO_PERSONA = OF_AGENTS | OF_REWARDS


@dataclass(frozen=True, slots=True)
class Choice:
    """Empty loop or persona: all of them. `cohort` is mature, latest, or one day on which people were first shown."""

    days: int = 7
    loop: str = ""
    persona: str = ""
    cohort: str = MATURE

    @property
    def key(self) -> str:
        """The choice in an address or a topic: `7.buddy_challenge..mature`."""
        return f"{self.days}.{self.loop}.{self.persona}.{self.cohort}"

    def period(self, today: date) -> tuple[date, date]:
        """Days on which something happened, today included."""
        return today - timedelta(days=self.days - 1), today

    def days_of(self, today: date) -> list[date]:
        """The period day by day."""
        return [today - timedelta(days=n) for n in reversed(range(self.days))]

    def cohorts(self, today: date) -> tuple[date, date]:
        """Days on which people were first shown a loop."""
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
