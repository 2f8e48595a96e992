"""Format numbers and labels. With unit "%" the number is a share, 0 to 1; any other unit follows the number."""

import math

from viral_engine.charts.rules.scales import drawable

MINUS = "\N{MINUS SIGN}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
MISSING = "n/a"
POWERS = ((1e12, "T", 2.5e11), (1e9, "B", 2.5e8), (1e6, "M", 2.5e5), (1e3, "k", 1e3))  # (power, letter, smallest step)
MAX_PLAIN, MIN_PLAIN = 1e15, 1e-6
SMALL = 0.1  # smaller numbers get more decimals


def tick_text(value: float, step: float, unit: str = "") -> str:
    """A short tick label: 0.25, 1,500, 15k, 2.5M, 40%. The step sets decimals and letter, so one axis is consistent."""
    if unit == "%":
        return tick_text(value * 100, step * 100) + "%"
    if abs(value) >= MAX_PLAIN or step < MIN_PLAIN:
        return f"{value:.2g}".replace("-", MINUS, 1)
    power, letter = next(((power, letter) for power, letter, least in POWERS if step >= least), (1.0, ""))
    text = f"{value / power:,.{_decimals(step / power)}f}"
    return (text + letter if value else "0").replace("-", MINUS)


def exact_text(value: float | None, unit: str = "") -> str:
    """The number for a table or tooltip: whole numbers without decimals, others with two decimals or three digits."""
    number = drawable(value)
    if number is None:
        return MISSING
    if unit == "%":
        return _percent(number).replace("-", MINUS, 1)
    return _plain(number).replace("-", MINUS, 1) + (f" {unit}" if unit else "")


def share_text(part: float | None, whole: float | None) -> str:
    """A conversion rate: 42%, 0.4%; n/a without a denominator."""
    above, below = drawable(part), drawable(whole)
    if above is None or not below or below < 0 or above < 0:
        return MISSING
    share = above / below if above <= below * 1e6 else math.inf
    if not math.isfinite(share):
        return MISSING
    return f"{share:.1%}" if 0 < share < SMALL else f"{share:.0%}"


def label_text(text: str, max_length: int = 32) -> str:
    """One printable line of at most `max_length` characters."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= max_length else line[: max_length - 1].rstrip() + ELLIPSIS


def _plain(number: float) -> str:
    if abs(number) >= MAX_PLAIN:
        return f"{number:.4g}"
    if number == int(number):
        return f"{int(number):,}"
    return f"{number:,.2f}" if abs(number) >= SMALL else f"{number:.3g}"


def _percent(share: float) -> str:
    if abs(share) >= MAX_PLAIN:
        return f"{share * 100:.4g}%"
    return f"{share:,.1%}" if abs(share) >= SMALL else f"{share:.2%}"


def _decimals(step: float) -> int:
    """The decimals that distinguish multiples of the step."""
    return next((places for places in range(9) if _is_whole(step * 10**places)), 8)


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) <= 1e-6 * abs(number)
