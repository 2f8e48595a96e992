"""Digits in disguise as digits: number words, words that sound like them, Roman and Chinese numerals, 0 for o."""

import re

from viral_engine.kernel.text.vocabulary import HOMOPHONES, NUMBER_WORDS, REPEATS

MIN_SOUNDING, MIN_REAL, MIN_HOMOPHONES = 7, 3, 2  # words in a row, and of each kind among them
MIN_ROMAN = 7
_WORD = re.compile(r"[a-z]{1,40}|[^a-z\s,]")
_TOKEN = re.compile(r"[^\W\d_]{1,40}|\d{1,40}|\W|_")
_DISGUISED = re.compile(r"\b(?=[a-z]{0,8}\d)(?:[olisbz]|\d){4,20}\b")
_DIGIT_LETTERS = str.maketrans("olisbz", "011582")
_LEET = re.compile(r"\b(?=[a-z]{0,8}\d)[a-z0-9]{2,9}\b")
_LETTER_DIGITS = str.maketrans("01345", "oieas")
_CHINESE = str.maketrans("〇零一二三四五六七八九", "00123456789")
_ROMAN_WORD = r"(?:vi{0,3}+|i[vx]|i{1,3}+|x)\b"
_ROMAN_RUN = re.compile(rf"\b{_ROMAN_WORD}(?:[ ,.\-]{{1,3}}+{_ROMAN_WORD}){{{MIN_ROMAN - 1},99}}+")
_ROMAN = dict(zip(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"), range(1, 11), strict=True))
_NUMBER_WORD = re.compile("|".join(sorted(NUMBER_WORDS, key=len, reverse=True)))
_RUN_TOGETHER = re.compile(f"(?:{_NUMBER_WORD.pattern}){{2,12}}")
_FILLER = re.compile(r"(?<=\b\d0) y (?=\d\b)|(?<=\b\d)[ ,]{1,3}(?:and|then|y|luego)[ ,]{1,3}(?=\d\b)")
_TENS = re.compile(r"\b([2-9])0[ -]([1-9])\b")  # twenty one
_HUNDRED = re.compile(r"\b([1-9]) hundred(?: and)?\b")
_OF_HUNDRED = re.compile(r"\b([1-9])00 ([1-9]\d?)\b")
_THOUSAND = re.compile(r"\b([1-9]) (?:thousand|mil)\b")
_OF_THOUSAND = re.compile(r"\b([1-9])000 (?:([1-9]\d\d)|(\d{1,2}))\b")


def with_digits(text: str) -> str:
    """The text with digits for what is read as digits: "double five, oh one" is "5 5, 0 1"."""
    plain = _DISGUISED.sub(lambda word: word[0].translate(_DIGIT_LETTERS), text.translate(_CHINESE))
    tokens = _TOKEN.findall(_LEET.sub(_of_leet, plain))
    spelled = _FILLER.sub(" ", "".join(_spelled(tokens, n) if len(one) > 1 else one for n, one in enumerate(tokens)))
    has_digits = any(char.isdecimal() for char in text)
    return spelled if has_digits else _put_together(spelled)


def _of_leet(word: re.Match[str]) -> str:
    return NUMBER_WORDS.get(word[0].translate(_LETTER_DIGITS), word[0])


def _put_together(text: str) -> str:
    """Hundreds and tens as one number: "5 hundred 50 5" is 555."""
    hundreds = _OF_HUNDRED.sub(_sum_of_hundred, _HUNDRED.sub(r"\g<1>00", _TENS.sub(r"\1\2", text)))
    return _OF_THOUSAND.sub(_sum_of_thousand, _THOUSAND.sub(r"\g<1>000", hundreds))


def _sum_of_hundred(found: re.Match[str]) -> str:
    return str(int(found[1]) * 100 + int(found[2]))


def _sum_of_thousand(found: re.Match[str]) -> str:
    return str(int(found[1]) * 1000 + int(found[2] or found[3]))


def roman_numbers(text: str) -> list[list[int]]:
    """Rows of seven Roman numerals and more, from one to ten."""
    return [[_ROMAN[one] for one in re.findall("[ivx]+", run[0])] for run in _ROMAN_RUN.finditer(text)]


def sounds_like_digits(text: str) -> bool:
    """Whether many number words stand in a row, some of which only sound like one: won too three for five six ate."""
    real = sounding = 0
    for word in _WORD.findall(text):
        real, sounding = real + (word in NUMBER_WORDS), sounding + (word in HOMOPHONES)
        if real + sounding >= MIN_SOUNDING and real >= MIN_REAL and sounding >= MIN_HOMOPHONES:
            return True
        if word not in NUMBER_WORDS and word not in HOMOPHONES:
            real = sounding = 0
    return False


def _spelled(tokens: list[str], place: int) -> str:
    token = tokens[place]
    if token in REPEATS:
        number = next((one for one in tokens[place + 1 : place + 3] if one != " "), "")
        digit = NUMBER_WORDS.get(number, number)
        return " ".join([digit] * (REPEATS[token] - 1)) if digit.isdecimal() else token
    if token not in NUMBER_WORDS and _RUN_TOGETHER.fullmatch(token):
        return " ".join(NUMBER_WORDS[word] for word in _NUMBER_WORD.findall(token))
    return NUMBER_WORDS.get(token, token)
