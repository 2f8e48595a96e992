"""Fit text into pictures: drop characters the font lacks, choose the size, break lines."""

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

import font_manrope
from PIL import ImageFont

from viral_engine.kernel.text.redaction import without_contact_data

MAX_LENGTH = 80
OF_PEOPLE = ("id", "email", "phone", "address", "school", "account")  # not "link": each card shows the site's own
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
UNKNOWN = "\ufffe"  # no font has a glyph for it
SHRINK = 0.94


@lru_cache(maxsize=256)
def font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(font_manrope.font_directory) / f"Manrope-{weight}.ttf"), size)


def drawable_text(text: str, max_length: int = MAX_LENGTH) -> str:
    """Return the text as one line of drawable characters, at most `max_length`; empty if nothing can be drawn.

    Emoji, scripts the font lacks, control and direction characters and stacked accents are dropped instead of drawn as
    boxes. A letter loses its accent before it is dropped. Cards show a neutral word for an empty name. Contact data of
    people is replaced, whatever rule let it come this far: a picture cannot be called back.
    """
    known = without_contact_data(unicodedata.normalize("NFC", text[: 8 * max_length]), OF_PEOPLE)
    line = " ".join("".join(map(_drawable, known)).split())
    return line if len(line) <= max_length else line[: max_length - 1].rstrip() + ELLIPSIS


@lru_cache(maxsize=4096)
def can_draw(letter: str) -> bool:
    if letter == " ":
        return True
    if not letter.isprintable() or unicodedata.category(letter)[0] == "M":
        return False
    face = font("SemiBold", 40)
    return bytes(face.getmask(letter)) != bytes(face.getmask(UNKNOWN))


def name_or_default(name: str, neutral: str) -> str:
    """Return the name, cut to 24 characters, or `neutral` if nothing in it can be drawn."""
    return drawable_text(name, 24) or neutral


def width_of(text: str, weight: str, size: int) -> float:
    return font(weight, size).getlength(text)


def fit_line(text: str, weight: str, size: int, width: float, min_size: int) -> tuple[str, int]:
    """Return the text and the size that fit into `width`: shrink first, then cut."""
    while size > min_size and width_of(text, weight, size) > width:
        size = max(min_size, int(size * SHRINK))
    return _cut(text, weight, size, width), size


def fit_paragraph(
    text: str, weight: str, size: int, width: float, min_size: int, max_lines: int
) -> tuple[list[str], int]:
    """Return at most `max_lines` lines that fit into `width`, and their size: shrink first, then cut."""
    while size > min_size and not _fits(wrap_words(text, weight, size, width), weight, size, width, max_lines):
        size = max(min_size, int(size * SHRINK))
    lines = wrap_words(text, weight, size, width)
    kept = [*lines[: max_lines - 1], " ".join(lines[max_lines - 1 :])] if len(lines) > max_lines else lines
    return [_cut(line, weight, size, width) for line in kept], size


def wrap_words(text: str, weight: str, size: int, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, weight, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def initials(name: str) -> str:
    """Return the initials of the first two words for an avatar; empty if there are none."""
    return "".join(word[0] for word in drawable_text(name).split()[:2] if word[0].isalnum()).upper()


def _fits(lines: list[str], weight: str, size: int, width: float, max_lines: int) -> bool:
    return len(lines) <= max_lines and all(width_of(line, weight, size) <= width for line in lines)


def _cut(line: str, weight: str, size: int, width: float) -> str:
    if width_of(line, weight, size) <= width:
        return line
    fitting = bisect_right(range(len(line)), width, key=lambda end: width_of(line[:end] + ELLIPSIS, weight, size))
    return line[: max(0, fitting - 1)].rstrip() + ELLIPSIS


def _drawable(letter: str) -> str:
    """Return the letter, the letter without its accent, or nothing."""
    if can_draw(letter):
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    return " " if letter.isspace() else base if base != letter and can_draw(base) else ""
