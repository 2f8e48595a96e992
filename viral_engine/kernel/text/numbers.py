"""Phone numbers in every disguise, and the numbers of a lesson, which are none, in a text's readings."""

import re
from itertools import pairwise

from viral_engine.kernel.text.vocabulary import MATH_WORDS, NUMBER_WORDS, REPEATS

MIN_LIST = 4  # fewer numbers are the blocks of a phone number
MAX_LISTED, MAX_MIXED = 1000, 100  # of numbers in a list, beside words of mathematics and without
_TOKEN = re.compile(r"[^\W\d_]{1,40}|\d{1,40}|\W|_")
_DISGUISED = re.compile(r"\b(?=[a-z]{0,8}\d)(?:[olisbz]|\d){4,20}\b")
_DIGIT_LETTERS = str.maketrans("olisbz", "011582")
_NUMBER_WORD = re.compile("|".join(sorted(NUMBER_WORDS, key=len, reverse=True)))
_RUN_TOGETHER = re.compile(f"(?:{_NUMBER_WORD.pattern}){{2,12}}")
_FILLER = re.compile(r"(?<=\b\d0) y (?=\d\b)|(?<=\b\d)[ ,]{1,3}(?:and|then|y|luego)[ ,]{1,3}(?=\d\b)")
# Numbers of a lesson end a run: dates, times, points, sets, grouped thousands, decimals, ranges, section numbers.
_LESSON = re.compile(
    r"\b(?:19|20)\d\d-\d\d-\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d\b|\b\d{1,2}:\d\d\b"
    r"|\(\s{0,2}-?\d{1,4}\s{0,2},\s{0,2}-?\d{1,4}\s{0,2}\)|\{[^{}]{1,200}\}"
    r"|(?<![\d,.])\d{1,3}(?:,\d{3}){1,6}(?![\d,])|(?<![\d.])\d{1,3}(?: \d{3}){0,4} 000(?! ?\d)"
    r"|(?<![\d.,-])\d{1,2}\.\d{3,30}(?![\d.-])|(?<![\d-])\d{1,2}-\d{1,2}(?=,? |$)(?! ?-)"
    r"|(?<![\d/])\d{1,3}/\d{1,3}(?![\d/])|(?<![\d.])\d{1,3}\.\d{1,2}(?![\d.])|(?<![\d(])\d{1,2}\)\s"
    r"|\b1\d{3}\s?-\s?(?:1\d|20)\d\d\b"
    r"|(?<![\d.])(?![679]\d\d\.\d{3}\.\d{3}(?!\.?\d))\d{1,3}(?:\.\d{3}){2,6}(?![\d.])"
)
_RUN = re.compile(r"(?:(?<![\d)]\s)(?<![\d)])\+)?-?\d(?:[\s().,;:/|*_~'\"!?&\\-]{0,6}\d){6,39}")
_SHORT_RUN = re.compile(r"(?<![\d.,$-])(?:\d{5,6}|\d{3}[ .-]{1,2}\d{2,3})(?![\d%]|[.,-]?\d)")  # five or six digits
_TENS = re.compile(r"\b([2-9])0[ -]([1-9])\b")  # twenty one
_COUNTED = "01234567890", "09876543210"
_CHAIN = re.compile(r"\d(?:[/*_|]\d){6,39}")
_NUMBER = re.compile(r"(?<![\d.])-?\d{1,40}(?:\.\d{1,9}(?!\.?\d))?")
_OPERATOR = re.compile(r"[=^%]|\d ?[*/] ?\d|\d ?\+ ?\d|\d - \d{1,3} [-+*=]")
_MATH = re.compile(rf"\b(?:{MATH_WORDS})\b")
_REACH = re.compile(
    r"\b(?:call|text|txt|ring|phone|cell|mobile|reach|sms|whats ?app|dial|hmu|llama|llamame|escribeme|telefono|tel|"
    r"movil|celular|marca|marcame|my (?:number|num|nr|no|#|digits)|mi numero|numero es|number's)\b"
)


def has_phone_number(text: str) -> bool:
    """Whether there are seven digits or more in a row that are no list, sum, date or decimal of a lesson."""
    plain = _LESSON.sub(" ¤ ", _with_digits(text))
    runs = [found[0] for found in _RUN.finditer(plain)]
    if not runs:
        return False
    if _REACH.search(plain) or any(run.startswith("+") or _CHAIN.fullmatch(run) for run in runs):
        return True
    if _OPERATOR.search(plain):
        return False
    is_spelled = not any(char.isdecimal() for char in text)
    has_math = _MATH.search(plain) is not None
    return any(_is_phone(run, is_spelled=is_spelled, has_math=has_math) for run in runs)


def nearly_has_phone_number(text: str) -> bool:
    """Whether there are five or six digits in a row outside a lesson: a number in two parts, or a code of a door."""
    plain = _LESSON.sub(" ¤ ", _with_digits(text))
    if _OPERATOR.search(plain) or _MATH.search(plain):
        return False
    return _SHORT_RUN.search(plain) is not None


def _with_digits(text: str) -> str:
    """Number words and doubled digits as digits: "double five, oh one" is "5 5, 0 1"."""
    tokens = _TOKEN.findall(_DISGUISED.sub(lambda word: word[0].translate(_DIGIT_LETTERS), text))
    spelled = _FILLER.sub(" ", "".join(_spelled(tokens, place) for place in range(len(tokens))))
    has_digits = any(char.isdecimal() for char in text)
    return spelled if has_digits else _TENS.sub(r"\1\2", spelled)


def _spelled(tokens: list[str], place: int) -> str:
    token = tokens[place]
    if token in REPEATS:
        number = next((one for one in tokens[place + 1 : place + 3] if one != " "), "")
        digit = NUMBER_WORDS.get(number, number)
        return " ".join([digit] * (REPEATS[token] - 1)) if digit.isdecimal() else token
    if token not in NUMBER_WORDS and _RUN_TOGETHER.fullmatch(token):
        return " ".join(NUMBER_WORDS[word] for word in _NUMBER_WORD.findall(token))
    return NUMBER_WORDS.get(token, token)


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
