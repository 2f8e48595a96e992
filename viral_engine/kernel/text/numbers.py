"""Phone numbers in every disguise, and the numbers of a lesson, which are none, in a text's readings."""

import re
from collections.abc import Iterable
from itertools import pairwise

from viral_engine.kernel.text.spelled_numbers import roman_numbers, sounds_like_digits, with_digits
from viral_engine.kernel.text.vocabulary import DIGIT_FILLERS, MATH_WORDS, UNITS

MIN_LIST = 4  # fewer numbers are the blocks of a phone number
MIN_DIGITS, MAX_DIGITS = 7, 11  # of a phone number
MAX_LISTED, MAX_MIXED = 1000, 100  # of numbers in a list, beside words of mathematics and without
# Numbers of a lesson end a run: dates, times, points, sets, grouped thousands, decimals, ranges, section numbers.
_LESSON = re.compile(
    r"\b(?:19|20)\d\d-\d\d-\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d\b"
    r"|(?<![\d:])(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![\d:])|(?<![\d:])\d{1,2}:\d{1,2}(?![\d:])"
    r"|\(\s{0,2}-?\d{1,4}\s{0,2},\s{0,2}-?\d{1,4}\s{0,2}\)|\{[^{}]{1,200}\}"
    r"|(?<![\d,.])\d{1,3}(?:,\d{3}){1,2}(?![\d,])|(?<![\d,.])\d{1,3}(?:,\d{3}){2,5},000(?![\d,])"
    r"|(?<![\d.])\d{1,3}(?: \d{3}){0,4} 000(?! ?\d)"
    r"|(?<![\d.,-])\d{1,2}\.\d{3,30}(?![\d.-])|(?<![\d-])\d{1,2}-\d{1,2}(?=,? |$)(?! ?-)"
    r"|(?<![\d/])\d{1,3}/\d{1,3}(?![\d/])|(?<![\d.])\d{1,3}\.\d{1,2}(?![\d.])|(?<![\d(])\d{1,2}\)\s"
    r"|\b1\d{3}\s?-\s?(?:1\d|20)\d\d\b"
    r"|(?<![\d.])(?![679]\d\d\.\d{3}\.\d{3}(?!\.?\d))\d{1,3}(?:\.\d{3}){2,6}(?![\d.])"
)
_SOLID = re.compile(rf"(?<![\d.,])\d{{{MIN_DIGITS},{MAX_DIGITS}}}(?![\d,])(?!\.\d)")  # one block, in no lesson
_POINTS = re.compile(r"(?:\(\s?\d{1,4}\s?,\s?\d{1,4}\s?\)[\s,;]{0,3}){2,6}")
_SEPARATORS = r"[\s().,;:/|*_~'\"!?&\\-]"
_RUN = re.compile(rf"(?:(?<![\d)]\s)(?<![\d)])\+)?-?\d(?:{_SEPARATORS}{{0,6}}\d){{6,39}}")
_SHORT_RUN = re.compile(r"(?<![\d.,$-])(?:\d{5,6}|\d{3}[ .-]{1,2}\d{2,3})(?![\d%]|[.,-]?\d)")  # five or six digits
_FILLED = re.compile(r"(?<!\d)\d(?:[ ,.]{0,2}+(?:[a-z]{1,6}+|[+])[ ,.]{0,2}+\d(?!\d)){6,15}")
_DIGIT = re.compile(r"\d")
_FILLING = re.compile(r"[a-z]{1,6}|[+]")
_COUNTED = "01234567890", "09876543210"
_CHAIN = re.compile(r"\d(?:[/*_|]\d){6,39}")
_NUMBER = re.compile(r"(?<![\d.])-?\d{1,40}(?:\.\d{1,9}(?!\.?\d))?")
_OPERATOR = re.compile(r"[=^%]|\d ?[*/] ?\d|\d ?\+ ?\d|\d - \d{1,3} [-+*=]")
_SUM = re.compile(r"\d ?[*/+] ?\d|\d - \d")
_NEXT_TO_SUM = re.compile(r"[=+*/^]")
_PHONE_SHAPES = {(3, 3, 4), (1, 3, 3, 4)}  # blocks of the American plan
_MATH = re.compile(rf"\b(?:{MATH_WORDS})\b")
_DICE = re.compile(r"\b(?:dice|die|roll(?:ed|s)?|dados?)\b")
_RESULT = re.compile(r"\b(?:is|are|es|son|equals)\s{1,2}\d|=\s{0,2}\d|\?")
_REACH = re.compile(
    r"\b(?:call|text|txt|ring|phone|cell|mobile|reach|sms|whats ?app|dial|hmu|llama|llamame|escribeme|telefono|tel|"
    r"movil|celular|marca|marcame|my (?:number|num|nr|no|#|digits)|mi numero|numero es|number's)\b"
)


def has_phone_number(text: str) -> bool:
    """Whether there are seven digits or more in a row that are no list, sum, date or decimal of a lesson."""
    if sounds_like_digits(text) or any(not _is_regular(row) for row in roman_numbers(text)):
        return True
    digits = with_digits(text)
    if any(_is_solid(found[0]) for found in _SOLID.finditer(digits)) or _is_filled(digits) or _is_in_points(digits):
        return True
    plain = _LESSON.sub(" ¤ ", digits)
    runs = list(_RUN.finditer(plain))
    if not runs:
        return False
    if _REACH.search(plain) or any(run[0].startswith("+") or _is_chain(run[0]) for run in runs):
        return True
    is_spelled = not any(char.isdecimal() for char in text)
    excuses = _MATH.search(plain) is not None and not _is_digits_alone(runs, plain)
    return any(not _is_sum(run) and _is_phone(run[0], is_spelled=is_spelled, has_math=excuses) for run in runs)


def nearly_has_phone_number(text: str) -> bool:
    """Whether there are five or six digits in a row outside a lesson: a number in two parts, or a code of a door."""
    plain = _LESSON.sub(" ¤ ", with_digits(text))
    if _OPERATOR.search(plain) or _MATH.search(plain):
        return False
    return _SHORT_RUN.search(plain) is not None


def _is_solid(block: str) -> bool:
    """Whether one block of digits is neither a round number nor one that counts up or down."""
    return not block.endswith("0000") and not any(block in counted for counted in _COUNTED)


def _is_filled(text: str) -> bool:
    """Whether single digits stand between the same few words or single letters: 5 dash 5, 5and5, 5a5b5c."""
    for found in _FILLED.finditer(text):
        fillings = set(_FILLING.findall(found[0]))
        is_one_kind = len(fillings) == 1 or fillings <= DIGIT_FILLERS or all(len(one) == 1 for one in fillings)
        if is_one_kind and not fillings <= UNITS and not _is_regular(_DIGIT.findall(found[0])):
            return True
    return False


def _is_regular(digits: Iterable[str | int]) -> bool:
    """Whether single digits are all the same, or count up or down: 2 x 2 x 2, 1 + 2 + 3."""
    numbers = [float(digit) for digit in digits]
    return len(set(numbers)) == 1 or _is_steady(numbers, is_spelled=True)


def _is_in_points(text: str) -> bool:
    """Whether points hide blocks of a phone number: (555,123), (45,67)."""
    for found in _POINTS.finditer(text):
        blocks = re.findall(r"\d+", found[0])
        is_long = MIN_DIGITS <= sum(map(len, blocks)) <= MAX_DIGITS
        if is_long and any(len(block) > 2 or (len(block) > 1 and block[0] == "0") for block in blocks):  # noqa: PLR2004
            return True
    return False


def _is_chain(run: str) -> bool:
    return _CHAIN.fullmatch(run) is not None and not _is_regular(_DIGIT.findall(run))


def _is_sum(run: re.Match[str]) -> bool:
    """Whether a run is calculated with: an operator in it, and next to it."""
    if tuple(map(len, re.findall(r"\d+", run[0]))) in _PHONE_SHAPES:
        return False
    around = run.string[max(run.start() - 3, 0) : run.start()] + run.string[run.end() : run.end() + 3]
    return _SUM.search(run[0]) is not None or _NEXT_TO_SUM.search(around) is not None


def _is_digits_alone(runs: list[re.Match[str]], text: str) -> bool:
    """Whether a list beside words of mathematics is of single digits, without a result or dice: my data: 5 5 5 1 2."""
    if _DICE.search(text) or _RESULT.search(text):
        return False
    return any(all(len(block) == 1 for block in re.findall(r"\d+", run[0])) for run in runs)


def _is_phone(run: str, *, is_spelled: bool, has_math: bool) -> bool:
    blocks = _NUMBER.findall(run)
    if any(len(block) > 1 and block[0] == "0" and block.isdecimal() for block in blocks):
        return True  # no list of a lesson has 06 in it
    if any(run in digits for digits in _COUNTED):
        return False
    numbers = [float(block) for block in blocks]
    is_list = len(numbers) >= MIN_LIST and max(numbers) <= MAX_LISTED
    is_mixed = len(numbers) > MIN_LIST and max(numbers) <= MAX_MIXED and len({len(block) for block in blocks}) > 1
    is_mixed &= not is_spelled
    return not (_is_steady(numbers, is_spelled=is_spelled) or (is_list and has_math) or is_mixed)


def _is_steady(numbers: list[float], *, is_spelled: bool) -> bool:
    """Whether the numbers count up or down: 2, 4, 6, 8. In words only by equal steps, as people count."""
    if len(numbers) < MIN_LIST:
        return False
    steps = {second - first for first, second in pairwise(numbers)}
    is_sorted = numbers in (sorted(numbers), sorted(numbers, reverse=True)) and len(set(numbers)) * 2 > len(numbers)
    return len(steps) == 1 if is_spelled else is_sorted
