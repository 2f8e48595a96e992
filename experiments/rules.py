"""Assign units to arms: hashing, ranges and targeting, without a clock and without a database.

Source  GrowthBook's published hashing scheme, version 2, and its ranges, so that its SDKs assign the same arms.
"""

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

TOTAL_BP = 10_000  # basis points
WEEK = timedelta(days=7)
NAMESPACE_VERSIONS = (1, 2)
MAX_VALUE = 1e12  # above any real measurement; NaN fails the comparison too
MAX_PARAMS_CHARS = 2_000  # characters of JSON an arm may carry
_OFFSET, _PRIME, _MASK = 2_166_136_261, 16_777_619, 0xFFFFFFFF
_UTF16 = f"utf-16-{sys.byteorder[0]}e"


class InvalidSplit(Exception):
    """The weights are not a valid split; the message says what to change."""


def fnv32a(text: str, state: int = _OFFSET) -> int:
    """FNV-1a hash over UTF-16 code units; `state` continues from a prefix hashed earlier."""
    prime, mask = _PRIME, _MASK
    for code in text.encode() if text.isascii() else memoryview(text.encode(_UTF16)).cast("H"):
        state = (state ^ code) * prime & mask
    return state


def bucket(seed: str, unit: str) -> int:
    """The unit's bucket, 0..9999; another seed gives an independent bucket.

    Cost  under 5 us for a seed of 8 and a unit of 36 characters.
    """
    return bucket_from_state(fnv32a(seed), unit)


def bucket_from_state(seed_state: int, unit: str) -> int:
    """As `bucket`, with the seed already hashed, once for all units."""
    return fnv32a(str(fnv32a(unit, seed_state))) % TOTAL_BP


def check_split(weights_bp: Sequence[int], coverage_bp: int = TOTAL_BP) -> None:
    """Check that weights and coverage make a valid split.

    Raises  InvalidSplit if a weight is fractional or negative, the sum is not 10000, or coverage is out of range.
    """
    if not weights_bp:
        raise InvalidSplit("Add at least two arms.")
    if any(type(weight) is not int for weight in weights_bp):  # a float or True would pass the checks below
        raise InvalidSplit("Enter weights as whole basis points: 5000 is 50%.")
    if any(weight < 0 for weight in weights_bp):
        raise InvalidSplit("A weight cannot be below 0.")
    if sum(weights_bp) != TOTAL_BP:
        raise InvalidSplit(f"Weights add up to {sum(weights_bp)} basis points; they must add up to {TOTAL_BP}.")
    if not 0 <= coverage_bp <= TOTAL_BP:
        raise InvalidSplit(f"Coverage must be between 0 and {TOTAL_BP} basis points.")


def ranges(weights_bp: Sequence[int], coverage_bp: int) -> list[tuple[float, float]]:
    """The (start, end) range of each arm, 0..1.

    A start is the sum of earlier weights, whatever the coverage, so that raising coverage only adds units.
    """
    check_split(weights_bp, coverage_bp)
    starts = [sum(weights_bp[:index]) for index in range(len(weights_bp))]
    wholes = [start * TOTAL_BP for start in starts]
    pairs = zip(wholes, weights_bp, strict=True)
    return [(whole / TOTAL_BP**2, (whole + coverage_bp * weight) / TOTAL_BP**2) for whole, weight in pairs]


def arm_index_at(bucket_bp: int, weights_bp: Sequence[int], coverage_bp: int) -> int | None:
    """The index of the arm whose range contains the bucket (0..9999), or None outside all ranges.

    The comparison uses integers, so that no unit changes its arm by rounding.
    """
    start = 0
    for index, weight in enumerate(weights_bp):
        if start * TOTAL_BP <= bucket_bp * TOTAL_BP < start * TOTAL_BP + coverage_bp * weight:
            return index
        start += weight
    return None


def namespace_bucket(namespace: str, unit: str, version: int) -> int:
    """The unit's bucket in a namespace, 0..9999, as GrowthBook's SDKs compute it.

    Version 1 is an SDK's `namespace: [name, from, until]`, which has 1,000 buckets. Version 2 is an SDK's
    `filters: [{seed: "__name", hashVersion: 2, ranges: [[from, until]]}]`.
    """
    seed = f"__{namespace}"
    if version == 1:
        return fnv32a(unit + seed) % 1000 * 10
    return bucket(seed, unit)


def is_between(bucket_bp: int, from_bp: int, until_bp: int) -> bool:
    """Whether a bucket lies in a namespace slice."""
    return from_bp <= bucket_bp < until_bp


def week_of(at: datetime, started_at: datetime) -> int:
    """The whole weeks from the start of a phase, at its own hour, to an instant; 0 in the first week."""
    return max(0, (at - started_at) // WEEK)


@dataclass(frozen=True, slots=True)
class Targeting:
    """The people an experiment includes; an empty field includes everyone."""

    roles: frozenset[str] = frozenset()
    grades: frozenset[int] = frozenset()
    cohorts: frozenset[int] = frozenset()
    locales: frozenset[str] = frozenset()

    def includes(self, *, role: str, grade: int | None, cohort_id: int | None, locale: str) -> bool:
        conditions: tuple[tuple[Collection[Any], Any], ...] = (
            (self.roles, role),
            (self.grades, grade),
            (self.cohorts, cohort_id),
            (self.locales, locale),
        )
        return all(not allowed or value in allowed for allowed, value in conditions)


def is_countable(
    at: datetime,
    *,
    exposed_at: datetime,
    window: timedelta,
    pauses: Sequence[tuple[datetime, datetime | None]],
    ended_at: datetime | None,
    held_out_at: datetime | None = None,
) -> bool:
    """Whether an event at `at` counts: after exposure, inside the window, outside pauses, before the phase ended.

    Nothing counts from the moment a holdout took the unit out.
    """
    ends = [end for end in (ended_at, held_out_at) if end is not None]
    if not exposed_at <= at <= exposed_at + window or any(at >= end for end in ends):
        return False
    return not any(start <= at and (end is None or at < end) for start, end in pauses)


def conversion_window(plan: Mapping[str, Any]) -> timedelta:
    """How long after an exposure events count, as frozen at the start of a phase."""
    return timedelta(hours=plan["window_h"])


def metric_value(properties: object, name: str) -> float:
    """The amount an event adds to a metric: 1, or the named property; 0 if that is not a finite number."""
    if not name:
        return 1.0
    value = properties.get(name) if isinstance(properties, Mapping) else None  # a stored row may be malformed
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if abs(value) < MAX_VALUE else 0.0
