"""Rows of a leaderboard on a white panel, and the podium, for the cards that rank people."""

from dataclasses import dataclass

from loops.media.canvas import INK, VIOLET, WHITE, Canvas, Point
from loops.media.text import name_or_default

MAX_ROWS, PODIUM = 5, 3
STEPS = ((1, -1, 1.06, "#dbe3f5"), (0, 0, 1.3, "#ffd166"), (2, 1, 0.84, "#f0b48a"))  # place, column, height, color


@dataclass(frozen=True, slots=True)
class CardRow:
    """One place. `name` is safe for outsiders: a first name and initial, or empty for "A learner"."""

    rank: int
    name: str
    value: str
    is_me: bool = False


def draw_board(rows: tuple[CardRow, ...], canvas: Canvas, center: Point, reach: float) -> None:
    """Draw the podium if the sharer is on it, else the first five rows around them."""
    shown = rows[:MAX_ROWS]
    top_three = [row.rank for row in shown[:PODIUM]] == [1, 2, 3]
    if top_three and any(row.is_me for row in shown[:PODIUM]):
        draw_podium(shown[:PODIUM], canvas, center, reach)
    else:
        draw_rows(shown, canvas, center, reach)


def draw_rows(rows: tuple[CardRow, ...], canvas: Canvas, center: Point, reach: float) -> None:
    """Draw the rows and highlight the sharer's own."""
    high, pad = reach * 0.36, reach * 0.07
    (x, y), total = center, high * max(1, len(rows)) + 2 * pad
    left, right, top = x - reach * 1.04, x + reach * 1.04, y - total / 2
    canvas.rounded((left + 4, top + 8, right + 4, top + total + 8), high * 0.44, canvas.palette.stage)
    canvas.rounded((left, top, right, top + total), high * 0.44, WHITE)
    if not rows:
        canvas.line(center, "Be the first", round(high * 0.4), fill="#554e78", anchor="mm", width=2 * reach)
    for number, row in enumerate(rows):
        _draw_row(canvas, (left, top + pad + high * number, right, top + pad + high * (number + 1)), row)


def _draw_row(canvas: Canvas, box: tuple[float, float, float, float], row: CardRow) -> None:
    left, top, right, bottom = box
    middle, high = (top + bottom) / 2, bottom - top
    if row.is_me:
        canvas.rounded((left + high * 0.16, top + 3, right - high * 0.16, bottom - 3), high * 0.3, "#ffe9bd")
    ink, size = VIOLET if row.is_me else INK, round(high * 0.38)
    name = name_or_default(row.name, "You" if row.is_me else "A learner")
    place = f"{max(0, row.rank)}"
    canvas.line(
        (left + high * 0.56, middle),
        place,
        size,
        weight="ExtraBold",
        fill=ink,
        width=high * 0.6,
        anchor="mm",
        min_size=12,
    )
    canvas.avatar((left + high * 1.28, middle), high * 0.33, row.name, row.rank)
    room = right - left - high * 3.5
    canvas.line((left + high * 1.78, middle), name, size, weight="Bold", fill=ink, width=room, anchor="lm")
    canvas.line(
        (right - high * 0.42, middle), row.value, size, weight="ExtraBold", fill=ink, width=high * 1.3, anchor="rm"
    )


def draw_podium(rows: tuple[CardRow, ...], canvas: Canvas, center: Point, reach: float) -> None:
    """Draw the first three places on steps, the sharer with a ring."""
    ground, wide = center[1] + reach, reach * 0.64
    for place, column, height, color in (step for step in STEPS if step[0] < len(rows)):
        row, x, top = rows[place], center[0] + column * reach * 0.69, ground - reach * height
        canvas.rounded((x - wide / 2, top, x + wide / 2, ground), reach * 0.1, color)
        if row.is_me:
            canvas.disc((x, top - reach * 0.24), reach * 0.235, WHITE)
        canvas.avatar((x, top - reach * 0.24), reach * 0.2, row.name, row.rank)
        if place == 0:
            canvas.crown((x, top - reach * 0.54), reach * 0.15)
        sizes = [round(reach * part) for part in (0.3, 0.13, 0.14)]
        texts = (str(row.rank), name_or_default(row.name, "You" if row.is_me else "A learner"), row.value)
        for text, size, down in zip(texts, sizes, (0.22, 0.46, 0.65), strict=True):
            canvas.line((x, top + reach * down), text, size, weight="ExtraBold", fill=INK, width=wide - 12, anchor="mm")
