"""Proud Parent card: one week of learning in numbers."""

from dataclasses import dataclass
from functools import partial

from loops.media.canvas import INK, WHITE, Canvas, Point
from loops.media.layout import SAMPLE_SITE, CardText, draw_card
from loops.media.looks import GREEN_HUE, LINK_PREVIEW, CardLook
from loops.media.mascot import draw_mascot

HUE = GREEN_HUE
TILES = 3
COLORS = (("#e4fbf3", "#0b7d63"), ("#fff1d2", "#9a5b00"), ("#ece8ff", "#4a2fd6"))  # ground and number of each tile


@dataclass(frozen=True, slots=True)
class WeekFigure:
    """A number and what it counts: "5", "days"."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ProgressCard:
    """Content of the card. `child` is a first name and needs consent; leave it empty to name no one."""

    headline: str
    figures: tuple[WeekFigure, ...]
    site: str
    child: str = ""
    call: str = "Try a class for free"


SAMPLE_FIGURES = (WeekFigure("7", "practices"), WeekFigure("48", "minutes"), WeekFigure("1,240", "XP"))
SAMPLE = ProgressCard("90% in Algebra", SAMPLE_FIGURES, SAMPLE_SITE, child="Ada")


def draw_progress_card(card: ProgressCard, look: CardLook = LINK_PREVIEW) -> bytes:
    """Return the card as a PNG without metadata. Cost  as `draw_card`."""
    text = CardText(
        kicker=f"{card.child}'s week" if card.child else "A week of learning",
        title=card.headline,
        detail="",
        call=card.call,
        site=card.site,
    )
    return draw_card(text, partial(_draw_week, card.figures[:TILES]), HUE, look)


def _draw_week(figures: tuple[WeekFigure, ...], canvas: Canvas, center: Point, reach: float) -> None:
    """Draw one tile per number, and the mascot that looks over them."""
    (x, y), high = center, reach * 0.5
    left, right = x - reach, x + reach
    top = y - reach * 0.6
    draw_mascot(canvas, (x + reach * 0.42, top - reach * 0.17), reach * 0.25, "cheer")
    for number, figure in enumerate(figures):
        ground, ink = COLORS[number % len(COLORS)]
        upper = top + number * (high + reach * 0.06)
        canvas.rounded((left, upper, right, upper + high), high * 0.3, WHITE)
        canvas.rounded(
            (left + high * 0.09, upper + high * 0.09, right - high * 0.09, upper + high * 0.91), high * 0.24, ground
        )
        middle, size = upper + high / 2, round(high * 0.5)
        end = canvas.line(
            (left + high * 0.32, middle), figure.value, size, weight="ExtraBold", fill=ink, width=reach, anchor="lm"
        )
        canvas.line(
            (end + high * 0.16, middle + high * 0.05),
            figure.label,
            round(high * 0.28),
            weight="Bold",
            fill=INK,
            width=right - end - high * 0.5,
            anchor="lm",
        )
