"""Results Rally card: the sharer's rank and a small leaderboard around it."""

from dataclasses import dataclass

from loops.media.canvas import MARGIN, Canvas, Palette
from loops.media.cards.board import MAX_ROWS, ROW, CardRow, draw_rows

PALETTE = Palette(start="#150f38", end="#3f25c9", circle="#5a3ff0", track="#8a75f9", faint="#d3ccf5")


@dataclass(frozen=True, slots=True)
class RallyCard:
    """Content of the card. `rows` are safe for outsiders: the top places and the sharer's neighbors."""

    rank: int
    players: int
    subject: str
    rows: tuple[CardRow, ...]
    site: str
    call: str = "Where do you rank?"


def draw_rally_card(card: RallyCard) -> bytes:
    """Return the card as a PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    canvas = Canvas(PALETTE)
    canvas.brand(card.site)
    canvas.line((MARGIN, 222), f"{card.subject} rally", 46, width=480)
    end = canvas.line((MARGIN - 6, 372), f"#{max(1, card.rank)}", 164, weight="ExtraBold", width=300, min_size=36)
    if card.players > 1:
        canvas.line((end + 22, 370), f"of {card.players:,}", 44, fill=PALETTE.faint, width=572 - end - 22)
    canvas.line((MARGIN, 446), "and the board is still open", 38, fill=PALETTE.faint, width=480)
    canvas.pill((MARGIN, 492), card.call)
    height = 28 + ROW * max(1, min(MAX_ROWS, len(card.rows)))
    draw_rows(canvas, 620, (630 - height) / 2, 1200 - MARGIN, card.rows)
    return canvas.png()
