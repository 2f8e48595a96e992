"""The progress of counting, and warnings for readers of outdated numbers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from viral_engine import formatting as fmt

MAX_PAUSE = timedelta(minutes=1)  # a beat counts every five seconds
MAX_CLOCK_SKEW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class CountingLag:
    """Upper bound of the log rows that wait, the time of the last count, and the timestamp of the newest event."""

    waiting: int
    counted_at: datetime | None
    newest_at: datetime | None

    def warnings(self, at: datetime, *, is_cache_away: bool = False) -> list[str]:
        """Reasons why the numbers are outdated; empty when they are current."""
        found = []
        if self.counted_at is None:
            found.append("Nothing has been counted yet. A worker counts every five seconds.")
        elif self.waiting and at - self.counted_at > MAX_PAUSE:
            rows = f"{fmt.count(self.waiting)} log row{'' if self.waiting == 1 else 's'}"
            found.append(f"Counting stopped on {fmt.clock(self.counted_at)} with {rows} waiting. Is a worker running?")
        if self.newest_at is not None and self.newest_at - at > MAX_CLOCK_SKEW:
            newest = fmt.clock(self.newest_at)
            found.append(f"The newest event is dated {newest}, which is in the future. Check the servers' clocks.")
        if is_cache_away:
            found.append("Redis does not answer, so each view of this page computes the numbers again.")
        return found
