"""Results Rally: my rank, and a small live board around it."""

from dataclasses import dataclass

from loops.media.cards.board import MOST_ROWS, ROW, BoardRow, draw_rows
from loops.media.paper import MARGIN, Paper, Theme

THEME = Theme(start="#150f38", end="#3f25c9", circle="#5a3ff0", track="#8a75f9", faint="#d3ccf5")


@dataclass(frozen=True, slots=True)
class RallyCard:
    """`rows` are fit for outsiders and few: the top, and whoever is near the sharer."""

    rank: int
    players: int
    subject: str
    rows: tuple[BoardRow, ...]
    site: str
    call: str = "Where do you rank?"


def draw_rally_card(card: RallyCard) -> bytes:
    """A PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    paper = Paper(THEME)
    paper.brand(card.site)
    paper.words((MARGIN, 222), f"{card.subject} rally", 46, width=480)
    end = paper.words((MARGIN - 6, 372), f"#{max(1, card.rank)}", 164, weight="ExtraBold", width=300, least=36)
    if card.players > 1:
        paper.words((end + 22, 370), f"of {card.players:,}", 44, fill=THEME.faint, width=572 - end - 22)
    paper.words((MARGIN, 446), "and the board is still open", 38, fill=THEME.faint, width=480)
    paper.pill((MARGIN, 492), card.call)
    height = 28 + ROW * max(1, min(MOST_ROWS, len(card.rows)))
    draw_rows(paper, 620, (630 - height) / 2, 1200 - MARGIN, card.rows)
    return paper.png()
