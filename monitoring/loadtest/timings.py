"""Durations counted by size, for the load generator: memory stays small however long a run is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Timings:
    """Counts of durations in milliseconds, each kept with three digits, and how many of the actions failed."""

    counts: dict[float, int] = field(default_factory=dict)
    total_ms: float = 0.0
    max_ms: float = 0.0
    failures: int = 0

    @classmethod
    def of(cls, durations_ms: Iterable[float]) -> "Timings":
        timings = cls()
        for one in durations_ms:
            timings.add(one)
        return timings

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def add(self, ms: float, *, is_failure: bool = False) -> None:
        size = float(f"{ms:.3g}")
        self.counts[size] = self.counts.get(size, 0) + 1
        self.total_ms += ms
        self.max_ms = max(self.max_ms, ms)
        self.failures += is_failure

    def percentile(self, share: float) -> float:
        """The percentile by nearest rank; share is 0..1. 0 without durations."""
        wanted, seen = share * self.count, 0
        for size in sorted(self.counts):
            seen += self.counts[size]
            if seen >= wanted:
                return min(size, round(self.max_ms, 2))
        return round(self.max_ms, 2)

    def summary(self) -> dict[str, Any]:
        """Shape  {"count": 9, "failures": 0, "average_ms": 2.1, "p50_ms": 2, "p95_ms": 4, "p99_ms": 5, "max_ms": 5}"""
        count = self.count
        return {
            "count": count,
            "failures": self.failures,
            "average_ms": round(self.total_ms / count, 2) if count else 0.0,
            "p50_ms": self.percentile(0.5),
            "p95_ms": self.percentile(0.95),
            "p99_ms": self.percentile(0.99),
            "max_ms": round(self.max_ms, 2),
        }
