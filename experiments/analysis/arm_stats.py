"""The sums of a phase as GROUP BY returns them, before any statistics."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


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
    exposed_on: dict[date, int] = field(default_factory=dict)
    sums: dict[int, MetricSums] = field(default_factory=dict)  # by metric
    converted_on: dict[int, dict[date, int]] = field(default_factory=dict)  # by metric and day of first conversion

    def of(self, metric_id: int) -> MetricSums:
        return self.sums.get(metric_id) or MetricSums()
