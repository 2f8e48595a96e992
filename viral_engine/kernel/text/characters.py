"""Characters: what may be stored, what is visible, and one spelling for all ways to write the same name."""

import re
import unicodedata
from functools import cache

from confusable_homoglyphs.confusables import confusables_data

MAX_MARKS = 3  # accents on one letter; more is Zalgo text, which runs over its neighbors
_NUL = "\x00"
# Letters of the Unicode category Lo that are drawn as nothing: Hangul fillers and the Braille blank.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_SEPARATORS = " ._-+@"
# Alphabets with letters that look like those of another one. A name that mixes two of them imitates another name.
_LOOKALIKE_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
# Letters and digits in boxes and circles that NFKC keeps: the first code point of each alphabet.
_BOXED_ALPHABETS = (0x1F150, 0x1F170, 0x1F1E6)
# Signs that NFKD keeps, and the plain sign that each stands for.
_SIGNS = {
    **dict.fromkeys("\u2219\u00b7\u2022\u3002\u2024\u22c5", "."),
    **dict.fromkeys("\u3001\u060c", ","),
    **dict.fromkeys("\u2215\u2044\u00f7", "/"),
    "\u00d7": "*",
}
_MARKS = re.compile(rf"[^\W\d_][\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{{{MAX_MARKS + 1}}}")
_ENCLOSING = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f]+")


def is_storable(text: str) -> bool:
    """Whether every database and encoding takes the text: no NUL, no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return _NUL not in text


def is_visible(char: str) -> bool:
    """Whether a reader sees the character, or a space in its place."""
    return (char.isprintable() or char.isspace()) and char not in _BLANKS


def tidy(text: str) -> str:
    """One line without control characters, invisible letters, and marks that reverse the writing direction."""
    return " ".join("".join(char for char in text if is_visible(char)).split())


def tidy_name(text: str) -> str:
    """`tidy`, with one code point sequence for each look: full-width and circled letters become plain ones (NFKC)."""
    return tidy(unicodedata.normalize("NFKC", tidy(text)))


def canonical_name(text: str) -> str:
    """One spelling per name: case, width, look-alike letters, invisible characters and outer punctuation do not count.

    ADA, "ada.", ada in full-width or in Cyrillic letters, and Ada with a zero-width space are all `ada`.
    """
    lookalikes = _lookalikes()
    plain = "".join(lookalikes.get(char, char) for char in tidy_name(text).casefold())
    # Folding may compose letters again, and a look-alike may have a case of its own: fold until nothing changes.
    folded = unicodedata.normalize("NFKC", plain).casefold()
    return re.sub(r"([ ._+@-])[ ._+@-]+", r"\1", folded.strip(_SEPARATORS)) or text.casefold()


def has_letter(text: str) -> bool:
    """Whether there is a letter that a reader sees."""
    return any(char.isalpha() and char not in _BLANKS for char in text)


def mixes_alphabets(text: str) -> bool:
    """Whether letters of two look-alike alphabets stand side by side, such as a Latin letter in a Cyrillic word."""
    names = (unicodedata.name(char, "") for char in text if char.isalpha() and not char.isascii())
    found = {name.split(" ", 1)[0] for name in names} & set(_LOOKALIKE_ALPHABETS)
    has_ascii = any(char.isascii() and char.isalpha() for char in text)
    return len(found | ({"LATIN"} if has_ascii else set())) > 1


def is_zalgo(text: str) -> bool:
    """Whether a letter carries more accents than any language writes."""
    return _MARKS.search(unicodedata.normalize("NFD", text)) is not None


def folded(text: str) -> str:
    """The text as a reader takes it, in plain small letters and digits: for rules that look for words, never to store.

    Accents go, look-alike letters and boxed, circled and keycap characters become plain. A picture becomes a space.
    """
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text)
    plain = _ENCLOSING.sub("", decomposed).casefold()
    return plain if plain.isascii() else "".join(map(_folded_char, plain))


@cache
def _folded_char(char: str) -> str:
    """At most one entry per code point of Unicode."""
    if char.isascii():
        return char
    for first in _BOXED_ALPHABETS:
        if first <= ord(char) < first + 26:
            return chr(ord("a") + ord(char) - first)
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if (plain := _lookalikes().get(char)) is not None:
        return plain
    category = unicodedata.category(char)
    return char if category[0] in "LN" else _folded_sign(char, category)


def _folded_sign(char: str, category: str) -> str:
    if category == "Cf":
        return ""  # invisible: it only divides a word for programs
    if category == "Pd":
        return "-"
    return _SIGNS.get(char, " ")


@cache
def _lookalikes() -> dict[str, str]:
    """Small letters of other alphabets, and the Latin letter that each, or its capital, looks like."""
    found: dict[str, str] = {}
    for char, twins in confusables_data.items():
        latin = next((twin["c"] for twin in twins if len(twin["c"]) == 1 and twin["c"].isascii()), "")
        small = char.casefold()
        is_new = char == small or small not in found  # a small letter's own look counts more than its capital's
        if is_new and len(small) == 1 and not small.isascii() and small.isalpha() and latin.isalpha():
            found[small] = latin.casefold()
    return found | _small_capitals()


def _small_capitals() -> dict[str, str]:
    """Small capitals, which NFKC keeps: each as the letter it draws."""
    named = ((chr(code), unicodedata.name(chr(code), "")) for code in range(0x250, 0xA800))
    return {
        char: name[-1].casefold() for char, name in named if re.fullmatch(r"LATIN LETTER SMALL CAPITAL [A-Z]", name)
    }
