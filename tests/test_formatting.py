import math
from datetime import timedelta

import pytest

from viral_engine import formatting
from viral_engine.formatting import exact_text, label_text, share, tick_text

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "step", "unit", "text"),
    [
        (0.25, 0.25, "", "0.25"),
        (1500, 500, "", "1,500"),
        (15_000, 5000, "", "15k"),
        (0, 5000, "", "0"),
        (2_500_000, 500_000, "", "2.5M"),
        (-0.4, 0.2, "%", f"{MINUS}40%"),
        (0.045, 0.005, "%", "4.5%"),
        (3e20, 1e20, "", "3e+20"),
        (2e-9, 1e-9, "", f"2e{MINUS}09"),
    ],
)
def test_ticks_are_short(value: float, step: float, unit: str, text: str) -> None:
    assert tick_text(value, step, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12_345, "", "12,345"),
        (1.2, "", "1.20"),
        (0.00123, "", "0.00123"),
        (40.26, "ms", "40.26 ms"),
        (-0.004, "%", f"{MINUS}0.40%"),
        (0.25951, "%", "26.0%"),
        (1e300, "%", "1e+302%"),
        (None, "", "n/a"),
        (math.nan, "%", "n/a"),
    ],
)
def test_tables_tell_the_number(value: float | None, unit: str, text: str) -> None:
    assert exact_text(value, unit) == text


def test_a_conversion_of_nothing_is_not_a_number() -> None:
    assert [share(*pair) for pair in ((1, 4), (3, 700), (0, 5), (1, 0), (None, 5))] == [
        "25%",
        "0.4%",
        "0%",
        "n/a",
        "n/a",
    ]


def test_labels_are_one_line_without_control_characters() -> None:
    assert label_text("Ada\n\x00\u202e Bo") == "Ada Bo"
    assert label_text("x" * 40, 8) == "xxxxxxx\N{HORIZONTAL ELLIPSIS}"


def test_nouns_are_counted_and_changes_have_a_direction() -> None:
    assert [formatting.count_noun(1, "practice"), formatting.count_noun(2, "practice")] == ["1 practice", "2 practices"]
    assert formatting.count_noun(1234, "person", "people") == "1,234 people"
    assert [formatting.more_or_less(0.042, "%"), formatting.more_or_less(-0.042, " points")] == [
        "4.2% more",
        "4.2 points less",
    ]
    assert formatting.more_or_less(-0.1234) == "0.123 less"


def test_measures_of_the_on_call_page() -> None:
    assert [formatting.measured(0.0416, "%"), formatting.measured(1234.5, "ms")] == ["4.2%", "1,234.5 ms"]
    assert formatting.per_second(0.449) == "0.45/s"


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (119, "119 min"), (120, "2 h"), (47 * 60, "47 h"), (48 * 60, "2 days")]
)
def test_a_waiting_time_is_read_in_the_next_unit_from_two_of_it_on(minutes: int, text: str) -> None:
    assert formatting.waiting_time(timedelta(minutes=minutes)) == text
