"""Parts that templates are made of: questions of four kinds, names, things and readable numbers.

A template takes (random, scale), where scale is 1 easy, 2 medium or 3 hard, and returns an Item. Templates write plain
signs ("3 * 4 - 2", "x^2"); `tidy` turns them into those of a school book.
"""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

CHOICE, NUMBER, ORDER, FILL = "choice", "number", "order", "fill"
MINUS = "\N{MINUS SIGN}"
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
NAMES = (
    "Amir",
    "Bella",
    "Carlos",
    "Dana",
    "Emil",
    "Farah",
    "Gus",
    "Hana",
    "Iris",
    "Jamal",
    "Kai",
    "Lena",
    "Mateo",
    "Nora",
    "Omar",
    "Priya",
    "Rosa",
    "Sam",
    "Tia",
    "Zoe",
)
THINGS = ("marbles", "stickers", "shells", "beads", "crayons", "buttons", "cards", "stamps")
NO_VALUES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Item:
    """A question as a template writes it: the right answer, typical mistakes, and the claim that proves the answer."""

    kind: str
    prompt: str
    answer: object
    mistakes: Sequence[object]
    steps: Sequence[str]
    claim: str  # true of the right answer alone, see claims.py; the value of x for an order of expressions
    hint: str
    parts: tuple[str, ...] = ()  # of an order, in the right order
    accepts: tuple[str, ...] = ()  # other spellings of a fill-in
    values: Mapping[str, int] = field(default_factory=lambda: NO_VALUES)  # the numbers that words stand for


Template = Callable[[random.Random, int], Item]


@dataclass(frozen=True, slots=True)
class SkillPlan:
    """A skill with the templates of each level."""

    slug: str
    name: str
    first_grade: int
    easy: tuple[Template, ...]
    medium: tuple[Template, ...]
    hard: tuple[Template, ...]

    def templates(self, level: str) -> tuple[Template, ...]:
        return {"easy": self.easy, "medium": self.medium, "hard": self.hard}[level]


def number(
    prompt: str, answer: object, mistakes: Iterable[object], steps: Sequence[str], claim: str, hint: str
) -> Item:
    """A question that is answered by typing a number, in any equivalent form."""
    return Item(NUMBER, prompt, answer, list(mistakes), steps, claim, hint)


def fill(
    prompt: str,
    answer: object,
    mistakes: Iterable[object],
    steps: Sequence[str],
    claim: str,
    hint: str,
    values: Mapping[str, int] = NO_VALUES,
    accepts: tuple[str, ...] = (),
) -> Item:
    """A sentence or equation with a gap."""
    return Item(FILL, prompt, answer, list(mistakes), steps, claim, hint, accepts=accepts, values=values)


def choice(
    prompt: str,
    answer: object,
    mistakes: Iterable[object],
    steps: Sequence[str],
    claim: str,
    hint: str,
    values: Mapping[str, int] = NO_VALUES,
) -> Item:
    return Item(CHOICE, prompt, answer, list(mistakes), steps, claim, hint, values=values)


def rising(rng: random.Random, what: str) -> str:
    """The task to sort something, worded in one of several ways."""
    return rng.choice(
        [
            f"Put these {what} in order. Start with the smallest.",
            f"Sort these {what} from smallest to largest.",
            f"Line up these {what}, the smallest first and the largest last.",
        ]
    )


def order(
    prompt: str,
    parts: Iterable[tuple[str, Fraction | int]],
    hint: str,
    why: str = "Compare two at a time.",
    *,
    x: int | None = None,
) -> Item:
    """Parts to put in order, smallest first; where they are expressions, `x` is the number to put in."""
    ordered = sorted(parts, key=lambda part: part[1])
    texts = tuple(tidy(text) for text, _ in ordered)
    steps = [why, f"{texts[0]} is the smallest and {texts[-1]} is the largest."] if texts else []
    answer = ", ".join(texts)
    turns = [(1, 0, 2, 3), (0, 2, 1, 3), (3, 2, 1, 0), (0, 1, 3, 2), (2, 0, 1, 3)]
    mistakes = [", ".join(texts[place] for place in turn[: len(texts)]) for turn in turns if len(texts) == len(turn)]
    if len({value for _, value in ordered}) < len(texts):
        mistakes = []  # two equal parts have two right orders: draw again
    return Item(ORDER, prompt, answer, mistakes, steps, "" if x is None else str(x), hint, parts=texts)


def say(value: object) -> str:
    """A number as a school book prints it."""
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return tidy(str(value))


def decimal(value: Fraction) -> str:
    """A fraction of tenths, hundredths or thousandths as a decimal: 0.35."""
    whole = value * 1000
    assert whole.denominator == 1, value  # noqa: S101
    sign, digits = "-" if value < 0 else "", abs(int(whole))
    return f"{sign}{digits // 1000}.{digits % 1000:03d}".rstrip("0").rstrip(".")


def money(cents: int) -> str:
    return f"${cents // 100}" if cents % 100 == 0 else f"${cents // 100}.{cents % 100:02d}"


def tidy(text: str) -> str:
    """Replace the plain signs of a template by those of a school book."""
    text = re.sub(r"\^(-?\d+)", lambda power: power[1].translate(RAISED), text)
    text = (
        text.replace(" * ", " \N{MULTIPLICATION SIGN} ")
        .replace(" / ", " \N{DIVISION SIGN} ")
        .replace(" - ", f" {MINUS} ")
    )
    return re.sub(r"(?<![\w)])-(?=[\dx(])", MINUS, text)


def name(rng: random.Random) -> str:
    return rng.choice(NAMES)


def two_names(rng: random.Random) -> list[str]:
    return rng.sample(NAMES, 2)


def thing(rng: random.Random) -> str:
    return rng.choice(THINGS)


def signed(value: int) -> str:
    """A number to add to an expression: "+ 3" or "- 3"."""
    return f"+ {value}" if value >= 0 else f"- {-value}"


def term(factor: int, power: str = "x") -> str:
    """A multiple of a power: "x", "-x" or "3x"."""
    return {1: power, -1: f"-{power}"}.get(factor, f"{factor}{power}")
