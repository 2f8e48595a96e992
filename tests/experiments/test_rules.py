from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.rules import (
    InvalidSplit,
    Targeting,
    arm_index_at,
    bucket,
    check_split,
    fnv32a,
    is_countable,
    metric_value,
    ranges,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
units = st.text(min_size=1, max_size=40)


@st.composite
def splits(draw: st.DrawFn) -> list[int]:
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=1, max_size=5)))
    edges = [0, *cuts, 10_000]
    return [end - start for start, end in pairwise(edges)]


def test_hashes_are_the_published_ones() -> None:
    assert fnv32a("a") == 3826002220
    assert bucket("buddy_challenge_copy", "1") == 8832
    assert bucket("buddy_challenge_copy", "42") == 5464
    assert bucket("reward_amounts", "42") == 2579
    assert bucket("reward_amounts", "12345") == 9409


def test_a_letter_beyond_the_basic_plane_is_two_units_as_in_javascript() -> None:
    first = ((2166136261 ^ 0xD83D) * 16777619) % 2**32
    assert fnv32a("\N{GRINNING FACE}") == ((first ^ 0xDE00) * 16777619) % 2**32
    assert fnv32a("\u00e9") == ((2166136261 ^ 0xE9) * 16777619) % 2**32


def test_ranges_keep_their_starts_at_any_coverage() -> None:
    assert ranges([2000, 3000, 5000], 2000) == [(0.0, 0.04), (0.2, 0.26), (0.5, 0.6)]
    assert ranges([2000, 3000, 5000], 10_000) == [(0.0, 0.2), (0.2, 0.5), (0.5, 1.0)]


def test_a_place_falls_into_the_first_range_that_holds_it() -> None:
    places = (0, 399, 400, 2000, 2599, 2600, 5000, 5999, 6000)
    assert [arm_index_at(place, [2000, 3000, 5000], 2000) for place in places] == [0, 0, None, 1, 1, None, 2, 2, None]
    assert arm_index_at(0, [0, 10_000], 10_000) == 1  # an arm of nothing gets nobody


@pytest.mark.parametrize(
    ("weights", "word"),
    [
        ([], "two arms"),
        ([5000, 4000], "9000"),
        ([-1, 10_001], "below 0"),
        ([float("nan"), 5000], "whole"),
        ([5000.0, 5000], "whole"),
        ([True, 9999], "whole"),
    ],
)
def test_weights_that_make_no_split_are_refused(weights: list[int], word: str) -> None:
    with pytest.raises(InvalidSplit, match=word):
        check_split(weights)


@pytest.mark.parametrize("coverage", [-1, 10_001])
def test_impossible_coverage_is_refused(coverage: int) -> None:
    with pytest.raises(InvalidSplit, match="Coverage"):
        check_split([5000, 5000], coverage)


@given(units, splits(), st.integers(0, 10_000))
def test_allocation_is_stable(unit: str, weights: list[int], coverage: int) -> None:
    place = bucket("seed", unit)
    assert place == bucket("seed", unit)
    assert 0 <= place < 10_000
    assert arm_index_at(place, weights, coverage) == arm_index_at(place, weights, coverage)


@given(units, splits(), st.integers(0, 10_000), st.integers(0, 10_000))
def test_raising_coverage_only_adds_people(unit: str, weights: list[int], one: int, other: int) -> None:
    low, high = sorted((one, other))
    place = bucket("seed", unit)
    before = arm_index_at(place, weights, low)
    assert before is None or arm_index_at(place, weights, high) == before


@given(splits())
def test_full_coverage_leaves_nobody_out(weights: list[int]) -> None:
    sizes = [0] * len(weights)
    for place in range(10_000):
        index = arm_index_at(place, weights, 10_000)
        assert index is not None
        sizes[index] += 1
    assert sizes == weights


def test_two_seeds_are_independent() -> None:
    people = [str(number) for number in range(4000)]
    both = sum(bucket("one", person) < 5000 and bucket("two", person) < 5000 for person in people)
    assert 900 < both < 1100  # a quarter, give or take 3.6 standard deviations


def test_an_audience_asks_for_what_it_names() -> None:
    grown = Targeting(grades=frozenset({7, 8}), roles=frozenset({"student"}))
    assert grown.includes(role="student", grade=7, cohort_id=None, locale="en")
    assert not grown.includes(role="student", grade=6, cohort_id=None, locale="en")
    assert not grown.includes(role="guest", grade=None, cohort_id=None, locale="en")
    assert Targeting().includes(role="guest", grade=None, cohort_id=None, locale="es")


@pytest.mark.parametrize(
    ("at", "is_counted"),
    [
        (NOON - timedelta(microseconds=1), False),  # before the exposure
        (NOON, True),
        (NOON + 3 * DAY, True),
        (NOON + 3 * DAY + timedelta(microseconds=1), False),  # after the window
        (NOON + DAY, False),  # in the pause
        (NOON + DAY + timedelta(hours=1), True),
    ],
)
def test_what_counts_as_a_conversion(at: datetime, is_counted: bool) -> None:
    pauses = [(NOON + DAY, NOON + DAY + timedelta(hours=1))]
    assert is_countable(at, exposed_at=NOON, window=3 * DAY, pauses=pauses, ended_at=None) is is_counted


def test_nothing_counts_after_the_end_or_in_a_pause_that_lasts() -> None:
    assert not is_countable(NOON + DAY, exposed_at=NOON, window=3 * DAY, pauses=[], ended_at=NOON + DAY)
    assert not is_countable(NOON + DAY, exposed_at=NOON, window=3 * DAY, pauses=[(NOON, None)], ended_at=None)


@pytest.mark.parametrize(
    ("properties", "name", "value"),
    [
        ({"score": 80}, "score", 80.0),
        ({"score": 80}, "", 1.0),
        ({}, "score", 0.0),
        ({"score": "80"}, "score", 0.0),
        ({"score": True}, "score", 0.0),
        ({"score": float("nan")}, "score", 0.0),
        ({"score": float("inf")}, "score", 0.0),
    ],
)
def test_an_event_adds_a_finite_number(properties: dict[str, object], name: str, value: float) -> None:
    assert metric_value(properties, name) == value
