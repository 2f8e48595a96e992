"""A board's first three on a podium."""

from dataclasses import dataclass

from loops.media.cards.board import BoardRow
from loops.media.paper import INK, MARGIN, Paper, Theme
from loops.media.text import name_or

THEME = Theme(start="#12388f", end="#2f6df0", circle="#4b86ff", faint="#d9e6ff", track="#6f9dfb")
STEPS = ((0, 871, 250, "#ffd166"), (1, 694, 190, "#dbe3f5"), (2, 1048, 150, "#f0b48a"))  # place, x, height, color
GROUND, WIDE = 558, 160


@dataclass(frozen=True, slots=True)
class LeaderboardCard:
    """`rows` from the first place on, fit for outsiders; three are shown."""

    title: str
    period: str
    rows: tuple[BoardRow, ...]
    site: str
    call: str = "Join the board"


def draw_leaderboard_card(card: LeaderboardCard) -> bytes:
    """A PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    paper = Paper(THEME)
    paper.brand(card.site)
    paper.words((MARGIN, 226), card.period, 38, fill=THEME.faint, width=520)
    paper.lines((MARGIN, 262), card.title, 78, weight="ExtraBold", width=520, most=2, least=44)
    paper.pill((MARGIN, 492), card.call)
    for place, x, height, color in STEPS:
        if place < len(card.rows):
            _draw_step(paper, card.rows[place], place, x, GROUND - height, color)
    return paper.png()


def _draw_step(paper: Paper, row: BoardRow, place: int, x: float, top: float, color: str) -> None:
    left, right = x - WIDE / 2, x + WIDE / 2
    paper.rounded((left, top, right, GROUND), 26, color)
    paper.avatar((x, top - 92), 46, row.name, place)
    if place == 0:
        paper.crown((x, top - 154), 30)
    paper.words((x, top - 22), name_or(row.name, "A learner"), 28, weight="Bold", width=WIDE, anchor="mm")
    paper.words((x, top + 58), str(place + 1), 64, weight="ExtraBold", fill=INK, anchor="mm")
    paper.words((x, top + 112), row.value, 28, weight="Bold", fill=INK, width=WIDE - 24, anchor="mm")
