"""Judge typed answers: numbers in equivalent forms, words, and orders."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

MAX_TYPED = 40  # characters
NUMBER_PATTERN = re.compile(
    r"(?P<sign>-?)(?:(?P<whole>\d{1,12}) )?(?P<top>\d{1,12})/(?P<bottom>\d{1,12})"
    r"|(?P<minus>-?)(?P<decimal>\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})"
)


def folded(text: str) -> str:
    """The text in one form: small letters, plain signs, single spaces, no full stop at the end."""
    plain = unicodedata.normalize("NFKC", text[: 4 * MAX_TYPED]).replace("\N{MINUS SIGN}", "-")
    plain = plain.replace("\N{FRACTION SLASH}", "/").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(plain.casefold().split()).removesuffix(".").strip()


def number_of(text: str) -> tuple[Fraction, bool] | None:
    """The number that a text names, and whether it is a percentage; None for other texts.

    "3/4", "0.75", "75%", "1 1/2" and "$1,250" are understood. A percentage is not divided by 100.
    """
    plain = folded(text)
    is_percent = plain.endswith("%")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", plain.removesuffix("%").strip())
    plain = re.sub(r"^(-?)\s*\$\s*|\s*/\s*", lambda match: "/" if "/" in match[0] else match[1], plain)
    plain = re.sub(r"^- (?=\d)", "-", plain)
    found = NUMBER_PATTERN.fullmatch(plain)
    if found is None:
        return None
    if found["top"] is None:
        value = Fraction(found["minus"] + found["decimal"])
    elif int(found["bottom"]) == 0:
        return None
    else:
        value = int(found["whole"] or 0) + Fraction(int(found["top"]), int(found["bottom"]))
        value = -value if found["sign"] else value
    return value, is_percent


def is_right_text(typed: str, right: str, accepts: Sequence[str] = ()) -> bool:
    """Whether a typed answer equals the right one in value, or is one of the accepted spellings.

    Where a percentage is asked for, the bare number counts, too: 35 for 35%.
    """
    if folded(typed) in {folded(right), *map(folded, accepts)}:
        return True
    given, expected = number_of(typed), number_of(right)
    if given is None or expected is None:
        return False
    (value, is_percent), (solution, asks_percent) = given, expected
    if asks_percent and not is_percent:
        return solution in {value, 100 * value}
    return value == solution * (100 if is_percent else 1) if not asks_percent else value == solution


def is_right_order(given: Sequence[str], right: Sequence[str]) -> bool:
    return list(given) == list(right)


@dataclass(frozen=True, slots=True)
class Judged:
    """A typed answer as it is stored: its text, whether it is right, and the choice that it equals, if any."""

    text: str
    is_right: bool
    choice: int | None


class UnreadableAnswer(Exception):
    """A typed answer that cannot be judged; the text says what to type. It is not counted as wrong."""


def judge_text(kind: str, typed: str, *, choices: Sequence[str], answer: int, accepts: Sequence[str]) -> Judged:
    """Judge a typed number or word. Raises  UnreadableAnswer for an empty or overlong text, or no number."""
    text = " ".join(unicodedata.normalize("NFKC", typed).split())
    expects_number = kind == "number" or number_of(choices[answer]) is not None
    if not text or len(text) > MAX_TYPED:
        raise UnreadableAnswer("Choose an answer first, or type one.")
    if expects_number and number_of(text) is None:
        raise UnreadableAnswer("Type a number, for example 12, 3/4 or 0.75.")
    if is_right_text(text, choices[answer], accepts):
        return Judged(text, is_right=True, choice=answer)
    equal = next((place for place, one in enumerate(choices) if is_right_text(text, one)), None)
    return Judged(text, is_right=False, choice=None if equal == answer else equal)


def judge_order(
    indexes: Sequence[int], parts: Sequence[str], *, choices: Sequence[str], answer: int, accepts: Sequence[str]
) -> Judged:
    """Judge an order of parts. Raises  UnreadableAnswer unless each part is used once."""
    if not indexes:
        raise UnreadableAnswer("Choose an answer first, or put all in order.")
    given = placed(indexes, parts)
    if given is None:
        raise UnreadableAnswer("Use each one exactly once.")
    text = ", ".join(given)
    is_right = is_right_order(given, accepts)
    return Judged(text, is_right, choices.index(text) if text in choices else (answer if is_right else None))


def placed(indexes: Sequence[int], parts: Sequence[str]) -> list[str] | None:
    """The parts in the order of the indexes; None unless each part is used once."""
    if sorted(indexes) != list(range(len(parts))):
        return None
    return [parts[index] for index in indexes]
