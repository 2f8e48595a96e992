"""How far counting is, and what stands in its way, in words for everybody who looks at its numbers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitoring.growth.rules import words

STILL = timedelta(minutes=1)  # a beat counts every five seconds
AHEAD = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows of the logs that wait, at most; when the last were counted, and the time that the newest event bears."""

    waiting: int
    counted_at: datetime | None
    newest_at: datetime | None

    def hindrances(self, at: datetime, *, is_cache_away: bool = False) -> list[str]:
        """What keeps the numbers from being those of this moment; none when all is well."""
        told = []
        if self.counted_at is None:
            told.append("Nothing has been counted yet: a worker does it, every five seconds.")
        elif self.waiting and at - self.counted_at > STILL:
            rows = f"{words.count(self.waiting)} row{'' if self.waiting == 1 else 's'} of the logs"
            told.append(
                f"Counting has stood still since {_clock(self.counted_at)}, with {rows} waiting. Is a worker running?"
            )
        if self.newest_at is not None and self.newest_at - at > AHEAD:
            told.append(f"The newest event is of {_clock(self.newest_at)}, which is still to come: a clock is wrong.")
        if is_cache_away:
            told.append("Redis does not answer: every look at these numbers is computed for itself.")
        return told


def _clock(instant: datetime) -> str:
    return f"{words.day(instant.astimezone(UTC).date())}, {instant.astimezone(UTC):%H:%M} UTC"
