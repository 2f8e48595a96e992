"""Attribution models: five ways to distribute one sign-up over the touches that led to it."""

from collections.abc import Sequence
from datetime import timedelta

WHOLE_BASIS_POINTS = 10_000  # basis points of one sign-up
HALF_LIFE = timedelta(days=7)
ATTRIBUTION_WINDOW = timedelta(days=30)  # default of loops without a window of their own
MODELS = ("first", "last", "linear", "position", "decay")
_ENDS = 0.4  # share of each end of a path of three or more touches; those between split the rest


def credit(model: str, ages: Sequence[timedelta]) -> list[int]:
    """Return each touch's credit in basis points of one sign-up; they sum to exactly 10,000.

    Shape   `ages` of the touches at sign-up, oldest touch first, at least one.
    Raises  KeyError for an unknown model, ValueError for an empty path.
    """
    if not ages:
        raise ValueError("a conversion without a touch")
    return _shared_out(_WEIGHTS[model](ages))


def _first(ages: Sequence[timedelta]) -> list[float]:
    return [1.0] + [0.0] * (len(ages) - 1)


def _last(ages: Sequence[timedelta]) -> list[float]:
    return [0.0] * (len(ages) - 1) + [1.0]


def _linear(ages: Sequence[timedelta]) -> list[float]:
    return [1.0] * len(ages)


def _position(ages: Sequence[timedelta]) -> list[float]:
    """Give 40 % to the first, 40 % to the last and 20 % to those between; two touches get half each."""
    between = len(ages) - 2
    if between < 1:
        return _linear(ages)
    return [_ENDS, *[(1 - 2 * _ENDS) / between] * between, _ENDS]


def _decay(ages: Sequence[timedelta]) -> list[float]:
    """Halve the weight for every seven days of age, relative to the youngest touch to avoid underflow."""
    youngest = min(ages)
    return [2.0 ** -((age - youngest) / HALF_LIFE) for age in ages]


_WEIGHTS = {"first": _first, "last": _last, "linear": _linear, "position": _position, "decay": _decay}


def _shared_out(weights: Sequence[float]) -> list[int]:
    """Round weights to basis points by the largest remainder; the earlier touch wins a tie.

    Source  Hamilton's method of apportionment.
    """
    total = sum(weights)
    exact = [WHOLE_BASIS_POINTS * weight / total for weight in weights]
    shares = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: shares[place] - round(exact[place], 6))
    for place in by_remainder[: WHOLE_BASIS_POINTS - sum(shares)]:
        shares[place] += 1
    return shares
