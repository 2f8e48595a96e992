"""Letters on pictures: which ones can be drawn, how large they may be, where a line ends."""

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

import font_manrope
from PIL import ImageFont

LONGEST = 80
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
UNKNOWN = "\ufffe"  # no font has a glyph for it
SHRINK = 0.94


@lru_cache(maxsize=256)
def font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(font_manrope.font_directory) / f"Manrope-{weight}.ttf"), size)


def plain(words: str, longest: int = LONGEST) -> str:
    """One line of letters that the font has, at most `longest`; empty where it has none of them.

    Emoji, scripts the font lacks, control and direction characters and stacked accents are dropped rather than drawn
    as boxes, an accent the font lacks before its letter; cards have a neutral word for an empty name.
    """
    known = unicodedata.normalize("NFC", words[: 8 * longest])
    line = " ".join("".join(map(_drawable, known)).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + ELLIPSIS


@lru_cache(maxsize=4096)
def can_draw(letter: str) -> bool:
    if letter == " ":
        return True
    if not letter.isprintable() or unicodedata.category(letter)[0] == "M":
        return False
    face = font("SemiBold", 40)
    return bytes(face.getmask(letter)) != bytes(face.getmask(UNKNOWN))


def name_or(name: str, neutral: str) -> str:
    """A name of 24 letters at most; the neutral word where none of it can be drawn."""
    return plain(name, 24) or neutral


def width_of(words: str, weight: str, size: int) -> float:
    return font(weight, size).getlength(words)


def fit(words: str, weight: str, size: int, width: float, least: int) -> tuple[str, int]:
    """The words and the size at which they fit into `width`: smaller first, then cut."""
    while size > least and width_of(words, weight, size) > width:
        size = max(least, int(size * SHRINK))
    return _cut(words, weight, size, width), size


def fit_lines(words: str, weight: str, size: int, width: float, least: int, most: int) -> tuple[list[str], int]:
    """At most `most` lines that fit into `width`: smaller first, then cut."""
    while size > least and not _is_set(wrap(words, weight, size, width), weight, size, width, most):
        size = max(least, int(size * SHRINK))
    lines = wrap(words, weight, size, width)
    kept = [*lines[: most - 1], " ".join(lines[most - 1 :])] if len(lines) > most else lines
    return [_cut(line, weight, size, width) for line in kept], size


def wrap(words: str, weight: str, size: int, width: float) -> list[str]:
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, weight, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def initials(name: str) -> str:
    """The first letters of the first two words, for an avatar; empty where there are none."""
    return "".join(word[0] for word in plain(name).split()[:2] if word[0].isalnum()).upper()


def _is_set(lines: list[str], weight: str, size: int, width: float, most: int) -> bool:
    return len(lines) <= most and all(width_of(line, weight, size) <= width for line in lines)


def _cut(line: str, weight: str, size: int, width: float) -> str:
    if width_of(line, weight, size) <= width:
        return line
    fitting = bisect_right(range(len(line)), width, key=lambda end: width_of(line[:end] + ELLIPSIS, weight, size))
    return line[: max(0, fitting - 1)].rstrip() + ELLIPSIS


def _drawable(letter: str) -> str:
    """The letter, or without its accent, or nothing."""
    if can_draw(letter):
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    return " " if letter.isspace() else base if base != letter and can_draw(base) else ""
