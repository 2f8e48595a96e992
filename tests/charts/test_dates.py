from datetime import UTC, date, datetime, timedelta

import pytest

from viral_engine.charts.rules.dates import moment_text, seconds_of, time_ticks

START = datetime(2026, 11, 21, 10, 7, tzinfo=UTC)


def labels(length: timedelta) -> list[str]:
    low = seconds_of(START)
    return [label for _, label in time_ticks(low, low + length.total_seconds())]


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(seconds=20), ["10:07:00", "10:07:05", "10:07:10", "10:07:15", "10:07:20"]),
        (timedelta(hours=2), ["10:30", "11:00", "11:30", "12:00"]),
        (timedelta(hours=30), ["12:00", "18:00", "Nov 22", "06:00", "12:00"]),
        (timedelta(days=5), ["Nov 22", "Nov 23", "Nov 24", "Nov 25", "Nov 26"]),
        (timedelta(days=40), ["Nov 23", "Nov 30", "Dec 7", "Dec 14", "Dec 21", "Dec 28"]),
        (timedelta(days=400), ["Jan 2027", "Apr 2027", "Jul 2027", "Oct 2027"]),
        (timedelta(days=3650), ["2028", "2030", "2032", "2034", "2036"]),
    ],
)
def test_ticks_stand_on_round_moments(length: timedelta, expected: list[str]) -> None:
    assert labels(length) == expected


def test_weeks_begin_on_monday() -> None:
    ticks = time_ticks(seconds_of(START), seconds_of(START + timedelta(days=40)))
    assert {datetime.fromtimestamp(moment, UTC).weekday() for moment, _ in ticks} == {0}


def test_a_date_is_its_midnight() -> None:
    assert seconds_of(date(1970, 1, 2)) == 86_400
    assert moment_text(seconds_of(date(2026, 11, 1))) == "Nov 1, 2026"
    assert moment_text(seconds_of(START)) == "Nov 21, 2026 10:07"


def test_the_ends_of_time_do_not_overflow() -> None:
    assert time_ticks(seconds_of(date.min), seconds_of(date.max))[0][1] == "2000"
