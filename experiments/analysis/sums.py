"""What GROUP BY gives of a phase, before any statistics."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any


@dataclass(slots=True)
class Sums:
    """What one metric came to in one arm: sums over units; units that did nothing add zero."""

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
        """Shape  {"of_converted": 3, "of_total": 7.0, ...}; None is zero."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + (row[f"of_{one.name}"] or 0))


@dataclass(slots=True)
class ArmReading:
    units: int = 0
    crossed: int = 0  # of them, units that met another arm as well
    exposed_on: dict[date, int] = field(default_factory=dict)
    sums: dict[int, Sums] = field(default_factory=dict)  # by metric
    converted_on: dict[int, dict[date, int]] = field(default_factory=dict)  # by metric and day of the first

    def of(self, metric_id: int) -> Sums:
        return self.sums.get(metric_id) or Sums()
