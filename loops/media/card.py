"""The share card: PNG, 1200 x 630, drawn from a fixed list of fields and never from a photo or a remote file."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import font_manrope
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
INK, PAPER, MINT, SUN, VIOLET = "#1b1440", "#f6f3ff", "#19c39c", "#ffb627", "#5b3df5"
LONGEST_TEXT = 40


@dataclass(frozen=True, slots=True)
class CardText:
    """Everything a challenge card may say. `name` is already fit for outsiders."""

    name: str
    score: int
    skill: str
    site: str


def draw_challenge_card(text: CardText) -> bytes:
    """A PNG without metadata.

    Cost  about 40 ms; callers cache it.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), VIOLET)
    pen = ImageDraw.Draw(image)
    pen.ellipse((760, -220, 1420, 440), fill="#6f55f7")
    pen.ellipse((-160, 420, 260, 840), fill="#4a2fd6")
    _score_dial(pen, text.score)
    pen.text((80, 76), _short(text.site), font=_font("SemiBold", 30), fill="#d9d1ff")
    pen.text((80, 170), f"{_short(text.name)} scored", font=_font("SemiBold", 46), fill=PAPER)
    pen.text((76, 224), f"{text.score}%", font=_font("ExtraBold", 150), fill="white")
    pen.text((80, 400), f"in {_short(text.skill)}", font=_font("SemiBold", 46), fill=PAPER)
    pen.rounded_rectangle((80, 490, 510, 570), radius=40, fill=SUN)
    pen.text((295, 530), "Can you beat it?", font=_font("Bold", 40), fill=INK, anchor="mm")
    out = BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _score_dial(pen: ImageDraw.ImageDraw, score: int) -> None:
    box = (790, 150, 1110, 470)
    pen.arc(box, 0, 360, fill="#8a75f9", width=34)
    pen.arc(box, -90, -90 + 360 * score / 100, fill=MINT, width=34)
    pen.text((950, 310), "?", font=_font("ExtraBold", 170), fill="white", anchor="mm")


def _short(text: str) -> str:
    """One line, no control characters, at most 40 characters."""
    line = "".join(letter for letter in text if letter.isprintable())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"


@lru_cache(maxsize=16)
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(font_manrope.font_directory) / f"Manrope-{weight}.ttf"), size)
