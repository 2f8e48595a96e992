"""Map values to positions and choose round tick values."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

MAX_DRAWABLE = 1e300  # beyond it the difference of two values may be infinite
MIN_SPAN = 1e-290
ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
WHOLE_STEPS = (1.0, 2.0, 5.0, 10.0)


def drawable(value: float | None) -> float | None:
    """The value if it can be drawn; None if it is missing, infinite or not a number."""
    return value if value is not None and math.isfinite(value) and abs(value) <= MAX_DRAWABLE else None


def all_drawable(values: Iterable[float | None]) -> list[float]:
    return [number for value in values if (number := drawable(value)) is not None]


def are_all_whole(values: Iterable[float]) -> bool:
    """Whether all values are whole numbers, so that ticks are whole too."""
    return all(value.is_integer() for value in map(float, values))


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values `low`..`high` to positions `start`..`end`; outside values map to the edge."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + min(1.0, max(0.0, share)) * (self.end - self.start), 2)


def value_span(values: Iterable[float], *, from_zero: bool = False) -> tuple[float, float]:
    """The smallest and the largest value, never equal: equal values get room above and below."""
    found = [*values, 0.0] if from_zero else list(values)
    low, high = min(found, default=0.0), max(found, default=1.0)
    size = max(abs(low), abs(high))
    if high - low > max(size * 1e-9, MIN_SPAN):
        return low, high
    room = size / 2 if size > MIN_SPAN else 1.0
    return (min(0.0, low), high + room) if from_zero else (low - room, high + room)


def round_step(low: float, high: float, wanted: int = 5, *, whole: bool = False) -> float:
    """The round step that divides a span into at most `wanted` pieces: 1, 2, 2.5 or 5 times a power of ten.

    A whole step is at least 1 and never 2.5.
    """
    rough = max((high - low) / wanted, 1.0 if whole else 0.0)
    power = float(10.0 ** math.floor(math.log10(rough)))
    factors = WHOLE_STEPS if whole else ROUND_STEPS
    return next((factor * power for factor in factors if factor * power >= rough * (1 - 1e-9)), 10 * power)


def round_ticks(low: float, high: float, wanted: int = 5, *, whole: bool = False) -> tuple[float, ...]:
    """Round numbers that enclose a span: the first is at most `low`, the last is at least `high`."""
    step = round_step(low, high, wanted, whole=whole)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(float(f"{number * step:.12g}") for number in range(first, max(last, first + 1) + 1))


def ticks_within(low: float, high: float, wanted: int = 6, *, whole: bool = False) -> tuple[float, ...]:
    """Round numbers inside a span, for an axis that ends with the data."""
    room = (high - low) * 1e-9
    return tuple(tick for tick in round_ticks(low, high, wanted, whole=whole) if low - room <= tick <= high + room)
