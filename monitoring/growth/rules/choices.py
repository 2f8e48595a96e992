"""What somebody chose to look at, and which days that means."""

from dataclasses import dataclass
from datetime import date, timedelta

from monitoring.growth.rules.k_factor import mature_until

MATURE, LATEST = "mature", "latest"
PERIODS = (7, 14, 30)


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
