"""Rows of a board on a white sheet: shared by the cards that rank people."""

from dataclasses import dataclass

from loops.media.paper import INK, VIOLET, WHITE, Paper
from loops.media.text import name_or

ROW = 78
MOST_ROWS = 5


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One place. `name` is already fit for outsiders: a first name and initial, or empty for "A learner"."""

    rank: int
    name: str
    value: str
    is_me: bool = False


def draw_rows(paper: Paper, left: float, top: float, right: float, rows: tuple[BoardRow, ...]) -> None:
    """The first five rows; the sharer's own stands out."""
    shown = rows[:MOST_ROWS]
    bottom = top + 28 + ROW * max(1, len(shown))
    paper.rounded((left + 4, top + 10, right + 4, bottom + 10), 34, "#2a1d6b")
    paper.rounded((left, top, right, bottom), 34, WHITE)
    if not shown:
        paper.words(
            ((left + right) / 2, (top + bottom) / 2), "Be the first", 30, fill="#554e78", anchor="mm", width=300
        )
    for number, row in enumerate(shown):
        _draw_row(paper, left, top + 14 + ROW * number, right, row)


def _draw_row(paper: Paper, left: float, top: float, right: float, row: BoardRow) -> None:
    middle = top + ROW / 2
    if row.is_me:
        paper.rounded((left + 14, top + 4, right - 14, top + ROW - 4), 24, "#ece8ff")
    ink = VIOLET if row.is_me else INK
    name = name_or(row.name, "You" if row.is_me else "A learner")
    paper.words(
        (left + 56, middle), f"{max(0, row.rank)}", 30, weight="ExtraBold", fill=ink, width=64, anchor="mm", least=12
    )
    paper.avatar((left + 124, middle), 26, row.name, row.rank)
    value_from = right - 36 - 110
    paper.words((left + 166, middle), name, 30, weight="Bold", fill=ink, width=value_from - left - 190, anchor="lm")
    paper.words((right - 36, middle), row.value, 30, weight="ExtraBold", fill=ink, width=110, anchor="rm")
