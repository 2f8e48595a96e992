"""Rows of a leaderboard on a white panel, shared by the cards that rank people."""

from dataclasses import dataclass

from loops.media.canvas import INK, VIOLET, WHITE, Canvas
from loops.media.text import name_or_default

ROW = 78
MAX_ROWS = 5


@dataclass(frozen=True, slots=True)
class CardRow:
    """One place. `name` is safe for outsiders: a first name and initial, or empty for "A learner"."""

    rank: int
    name: str
    value: str
    is_me: bool = False


def draw_rows(canvas: Canvas, left: float, top: float, right: float, rows: tuple[CardRow, ...]) -> None:
    """Draw the first five rows and highlight the sharer's own."""
    shown = rows[:MAX_ROWS]
    bottom = top + 28 + ROW * max(1, len(shown))
    canvas.rounded((left + 4, top + 10, right + 4, bottom + 10), 34, "#2a1d6b")
    canvas.rounded((left, top, right, bottom), 34, WHITE)
    if not shown:
        canvas.line(
            ((left + right) / 2, (top + bottom) / 2), "Be the first", 30, fill="#554e78", anchor="mm", width=300
        )
    for number, row in enumerate(shown):
        _draw_row(canvas, left, top + 14 + ROW * number, right, row)


def _draw_row(canvas: Canvas, left: float, top: float, right: float, row: CardRow) -> None:
    middle = top + ROW / 2
    if row.is_me:
        canvas.rounded((left + 14, top + 4, right - 14, top + ROW - 4), 24, "#ece8ff")
    ink = VIOLET if row.is_me else INK
    name = name_or_default(row.name, "You" if row.is_me else "A learner")
    canvas.line(
        (left + 56, middle), f"{max(0, row.rank)}", 30, weight="ExtraBold", fill=ink, width=64, anchor="mm", min_size=12
    )
    canvas.avatar((left + 124, middle), 26, row.name, row.rank)
    value_from = right - 36 - 110
    canvas.line((left + 166, middle), name, 30, weight="Bold", fill=ink, width=value_from - left - 190, anchor="lm")
    canvas.line((right - 36, middle), row.value, 30, weight="ExtraBold", fill=ink, width=110, anchor="rm")
