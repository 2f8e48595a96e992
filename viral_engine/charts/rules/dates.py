"""Ticks of a time axis on full minutes, hours, days, Mondays, months or years, in UTC."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from viral_engine.charts.rules.scales import round_step

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 7 * 86_400
SECOND_STEPS = (1, 5, 15, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR)
STEPS = (*SECOND_STEPS, DAY, 2 * DAY, 4 * DAY, WEEK, 2 * WEEK)
MONTH_STEPS = (1, 3, 6)
FIRST_MONDAY = 4 * DAY  # 1970-01-05
EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2, 9999))


def seconds_of(moment: date) -> float:
    """UTC epoch seconds of an aware datetime, or of a date's first midnight."""
    instant = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return min(LATEST, max(EARLIEST, instant.timestamp()))


def time_ticks(low: float, high: float, wanted: int = 7, least: int = 1) -> tuple[tuple[float, str], ...]:
    """(epoch seconds, label) of round times inside a span, at least `least` seconds apart."""
    step = next((step for step in STEPS if step >= least and (high - low) / step <= wanted), None)
    if step is not None:
        return tuple((moment, _short_label(_instant(moment), step)) for moment in _multiples(low, high, step))
    months = next((step for step in MONTH_STEPS if (high - low) / (step * 30.4 * DAY) <= wanted), None)
    if months is not None:
        return tuple((moment.timestamp(), f"{moment:%b %Y}") for moment in _month_starts(low, high, months))
    years = max(1, math.ceil(round_step(_instant(low).year, _instant(high).year, wanted)))
    return tuple((moment.timestamp(), str(moment.year)) for moment in _month_starts(low, high, 12 * years))


def moment_text(seconds: float) -> str:
    """A full date and time, for tables."""
    moment = _instant(seconds)
    return f"{moment:%b} {moment.day}, {moment.year}" + ("" if seconds % DAY == 0 else f" {moment:%H:%M}")


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=min(LATEST, max(EARLIEST, seconds)))


def _multiples(low: float, high: float, step: int) -> list[float]:
    offset = FIRST_MONDAY if step % WEEK == 0 else 0
    first, last = math.ceil((low - offset) / step), math.floor((high - offset) / step)
    return [float(number * step + offset) for number in range(first, last + 1)]


def _month_starts(low: float, high: float, step: int) -> Iterator[datetime]:
    begin, end = _instant(low), _instant(high)
    for number in range(begin.year * 12 // step * step, end.year * 12 + end.month + 1, step):
        start = datetime(max(1, number // 12), number % 12 + 1, 1, tzinfo=UTC)
        if begin <= start <= end:
            yield start


def _short_label(moment: datetime, step: int) -> str:
    if step >= DAY or (step >= HOUR and moment.hour == 0):
        return f"{moment:%b} {moment.day}"
    return f"{moment:%H:%M:%S}" if step < MINUTE else f"{moment:%H:%M}"
