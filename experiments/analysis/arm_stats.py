"""The sums of a phase as GROUP BY returns them, before any statistics."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self


@dataclass(slots=True)
class MetricSums:
    """Sums of one metric over the units of one arm; units without events add zero."""

    converted: int = 0  # units with at least one event
    count: float = 0.0
    total: float = 0.0
    before: float = 0.0
    count_squares: float = 0.0
    total_squares: float = 0.0
    before_squares: float = 0.0
    total_by_count: float = 0.0
    total_by_before: float = 0.0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add one row.

        Shape  {"of_converted": 3, "of_total": 7.0, ...}; None is zero.
        """
        self.converted += row["of_converted"] or 0
        self.count += row["of_count"] or 0
        self.total += row["of_total"] or 0
        self.before += row["of_before"] or 0
        self.count_squares += row["of_count_squares"] or 0
        self.total_squares += row["of_total_squares"] or 0
        self.before_squares += row["of_before_squares"] or 0
        self.total_by_count += row["of_total_by_count"] or 0
        self.total_by_before += row["of_total_by_before"] or 0


@dataclass(slots=True)
class ArmStats:
    """Exposures and metric sums of one arm."""

    units: int = 0
    crossed: int = 0  # units among them that also saw another arm
    held_out: int = 0  # units among them that a holdout took out later
    exposed_on: dict[date, int] = field(default_factory=dict)
    sums: dict[int, MetricSums] = field(default_factory=dict)  # by metric
    converted_on: dict[int, dict[date, int]] = field(default_factory=dict)  # by metric and day of first conversion

    def of(self, metric_id: int) -> MetricSums:
        return self.sums.get(metric_id) or MetricSums()

    def dump(self) -> dict[str, Any]:
        """The statistics as JSON, for a reading that is frozen."""
        return {
            "units": self.units,
            "crossed": self.crossed,
            "held_out": self.held_out,
            "exposed_on": {day.isoformat(): units for day, units in self.exposed_on.items()},
            "sums": {str(metric): asdict(sums) for metric, sums in self.sums.items()},
            "converted_on": {
                str(metric): {day.isoformat(): units for day, units in days.items()}
                for metric, days in self.converted_on.items()
            },
        }

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of `dump`."""
        return cls(
            units=stored["units"],
            crossed=stored["crossed"],
            held_out=stored["held_out"],
            exposed_on=_by_day(stored["exposed_on"]),
            sums={int(metric): MetricSums(**sums) for metric, sums in stored["sums"].items()},
            converted_on={int(metric): _by_day(days) for metric, days in stored["converted_on"].items()},
        )


def _by_day(stored: Mapping[str, int]) -> dict[date, int]:
    return {date.fromisoformat(day): units for day, units in stored.items()}
