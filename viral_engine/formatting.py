"""Numbers, times and dates as people read them, for pages, charts, e-mails and commands.

A missing number reads "n/a". A share is a number from 0 to 1.
"""

import math
from datetime import UTC, date, datetime, timedelta

MISSING = "n/a"
MINUS = "\N{MINUS SIGN}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400

POWERS = ((1e12, "T", 2.5e11), (1e9, "B", 2.5e8), (1e6, "M", 2.5e5), (1e3, "k", 1e3))  # unit, letter, smallest step
MAX_PLAIN, MIN_PLAIN = 1e15, 1e-6
MAX_SHOWN = 1e300  # as a percentage a larger number would be infinite
SMALL = 0.1  # a smaller number gets more decimals
SMALL_MS = 10
MIN_P = MIN_CHANCE = 0.0001


# -- Counts, shares and ratios -----------------------------------------------------------------------------
def count(amount: float) -> str:
    """1,234"""
    return f"{amount:,.0f}"


def plural(amount: int, one: str, many: str = "") -> str:
    """minute, minutes: the noun alone"""
    return one if amount == 1 else many or f"{one}s"


def count_noun(amount: int, one: str, many: str = "") -> str:
    """1 practice, 2 practices, 1,234 people"""
    return f"{count(amount)} {plural(amount, one, many)}"


def ratio(value: float | None) -> str:
    """0.45"""
    return MISSING if value is None else f"{value:.2f}"


def interval(low: float | None, high: float | None) -> str:
    """0.35 to 0.58"""
    return MISSING if low is None or high is None else f"{low:.2f} to {high:.2f}"


def share(part: float | None, whole: float | None) -> str:
    """42%, or 0.4%; n/a for a share of nothing. More than the whole is no share: it reads as a ratio, "6.00 to 1"."""
    above, below = _finite(part), _finite(whole)
    if above is None or not below or below < 0 or above < 0:
        return MISSING
    found = above / below if above <= below * 1e6 else math.inf
    if not math.isfinite(found):
        return MISSING
    if found > 1:
        return f"{found:,.2f} to 1"
    return f"{found:.1%}" if 0 < found < SMALL else f"{found:.0%}"


def percent(value: float | None, places: int = 2) -> str:
    """41.53%"""
    return MISSING if value is None else f"{100 * value:.{places}f}%"


def chance(probability: float | None) -> str:
    """41.53%; over 99.99% and under 0.01%, because data never makes anything certain."""
    if probability is None:
        return MISSING
    if probability > 1 - MIN_CHANCE:
        return f"over {100 * (1 - MIN_CHANCE):.2f}%"
    return f"under {100 * MIN_CHANCE:.2f}%" if probability < MIN_CHANCE else percent(probability)


def change(value: float | None) -> str:
    """+4.20%"""
    return MISSING if value is None else f"{100 * value:+.2f}%"


def more_or_less(change: float, unit: str = "") -> str:
    """4.2% more, 4.2 points less; without a unit three digits: 0.123 more"""
    size = f"{100 * abs(change):.1f}{unit}" if unit else f"{abs(change):.3g}"
    return f"{size} {'less' if change < 0 else 'more'}"


def effect(size: float | None) -> str:
    """4.2%, 140%: the size of a change, whichever way."""
    return MISSING if size is None else f"{100 * size:.2g}%" if size < 1 else f"{100 * size:.0f}%"


def points(difference: float | None) -> str:
    """+4.20 points: the difference of two shares."""
    return MISSING if difference is None else f"{100 * difference:+.2f} points"


def number(value: float | None) -> str:
    """Four digits: 1,234 or 0.001235."""
    return MISSING if value is None else f"{value:,.4g}"


def measured(value: float, unit: str) -> str:
    """4.2%, 1,234.5 ms: a share or a number of the unit"""
    return percent(value, 1) if unit == "%" else f"{round(value, 2):,g} {unit}".strip()


def per_second(rate: float) -> str:
    """0.45/s"""
    return f"{ratio(rate)}/s"


def p_value(p: float | None) -> str:
    if p is None:
        return MISSING
    return f"under {MIN_P:.4f}" if p < MIN_P else f"{p:.4f}"


def credit(basis_points: int) -> str:
    """Shared credit in whole sign-ups: 10,000 basis points are 1.0."""
    return f"{basis_points / 10_000:,.1f}"


def money(cents: float) -> str:
    """$12.34"""
    sign = MINUS if cents < 0 else ""
    return f"{sign}${abs(cents) / 100:,.2f}"


# -- Times and dates ---------------------------------------------------------------------------------------
def milliseconds(value: float | None) -> str:
    """3.2 ms, 150 ms"""
    if value is None:
        return MISSING
    return f"{value:.1f} ms" if value < SMALL_MS else f"{value:.0f} ms"


def duration(seconds: float | None) -> str:
    """30 s, 1.5 min, 2 h, 3 d"""
    if seconds is None:
        return MISSING
    for size, unit in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} s"


def waiting_time(span: timedelta) -> str:
    """3 min, 2 h, 4 days: whole units, the next one from two of it on"""
    if span < timedelta(hours=2):
        return f"{span // timedelta(minutes=1)} min"
    return f"{span // timedelta(hours=1)} h" if span < timedelta(days=2) else f"{span.days} days"


def duration_range(low: float, high: float) -> str:
    """1.2 to 1.4 s; 5.1 min to 6.1 min."""
    return f"{low:.1f} to {high:.1f} s" if high < MINUTE_S else f"{duration(low)} to {duration(high)}"


def duration_in_words(seconds: int) -> str:
    """1 minute, 2 hours, 3 days"""
    sizes = (("day", DAY_S), ("hour", HOUR_S), ("minute", MINUTE_S))
    unit, size = next((one for one in sizes if seconds >= one[1]), ("second", 1))
    amount = seconds // size
    return f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"


def day(on: date) -> str:
    """3 Mar"""
    return f"{on.day} {on:%b}"


def days(since: date, until: date) -> str:
    """3 to 9 Mar; 3 Mar."""
    if since == until:
        return day(since)
    return f"{since.day if since.month == until.month else day(since)} to {day(until)}"


def clock(instant: datetime) -> str:
    """3 Mar, 14:05 UTC"""
    utc = instant.astimezone(UTC)
    return f"{day(utc)}, {utc:%H:%M} UTC"


# -- Charts ------------------------------------------------------------------------------------------------
def tick_text(value: float, step: float, unit: str = "") -> str:
    """A short label: 0.25, 1,500, 15k, 2.5M, 40%.

    The step decides on decimals and letter, so all labels of an axis look alike. Unit "%" is for shares.
    """
    if unit == "%":
        return tick_text(value * 100, step * 100) + "%"
    if abs(value) >= MAX_PLAIN or step < MIN_PLAIN:
        return f"{value:.2g}".replace("-", MINUS, 1)
    power, letter = next(((power, letter) for power, letter, least in POWERS if step >= least), (1.0, ""))
    text = f"{value / power:,.{_decimals(step / power)}f}"
    return (text + letter if value else "0").replace("-", MINUS)


def exact_text(value: float | None, unit: str = "") -> str:
    """The number as a table or a tooltip shows it: whole numbers whole, others with two decimals or three digits.

    Unit "%" is for shares; any other unit follows the number.
    """
    known = _finite(value)
    if known is None:
        return MISSING
    if unit == "%":
        return _percent(known).replace("-", MINUS, 1)
    return _plain(known).replace("-", MINUS, 1) + (f" {unit}" if unit else "")


def label_text(text: str, longest: int = 32) -> str:
    """One line that XML can carry, cut at `longest`."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + ELLIPSIS


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and abs(value) <= MAX_SHOWN else None


def _plain(value: float) -> str:
    if abs(value) >= MAX_PLAIN:
        return f"{value:.4g}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= SMALL else f"{value:.3g}"


def _percent(value: float) -> str:
    if abs(value) >= MAX_PLAIN:
        return f"{value * 100:.4g}%"
    return f"{value:,.1%}" if abs(value) >= SMALL else f"{value:.2%}"


def _decimals(step: float) -> int:
    """Decimals that tell multiples of the step apart."""
    return next((places for places in range(9) if _is_whole(step * 10**places)), 8)


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) <= 1e-6 * abs(value)
