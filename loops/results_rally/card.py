"""Results Rally card: the sharer's rank, and the podium or a small leaderboard around it."""

from dataclasses import dataclass
from functools import partial

from loops.media.cards.board import CardRow, draw_board
from loops.media.layout import SAMPLE_SITE, CardText, draw_card
from loops.media.looks import INDIGO_HUE, LINK_PREVIEW, CardLook

HUE = INDIGO_HUE


@dataclass(frozen=True, slots=True)
class RallyCard:
    """Content of the card. `rows` are safe for outsiders: the top places and the sharer's neighbors."""

    rank: int
    players: int
    subject: str
    rows: tuple[CardRow, ...]
    site: str
    call: str = "Where do you rank?"


SAMPLE_ROWS = tuple(CardRow(n, "Ada" if n == 2 else f"Player {n}", f"{99 - 4 * n}%", n == 2) for n in (1, 2, 3))  # noqa: PLR2004
SAMPLE = RallyCard(2, 28, "Math", SAMPLE_ROWS, SAMPLE_SITE)


def draw_rally_card(card: RallyCard, look: CardLook = LINK_PREVIEW) -> bytes:
    """Return the card as a PNG without metadata. Cost  as `draw_card`."""
    several = card.players > 1
    text = CardText(
        kicker=f"{card.subject} rally",
        title=f"#{max(1, card.rank)}",
        detail=f"of {card.players:,}, and the board is still open" if several else "First on the board. Who is next?",
        call=card.call,
        site=card.site,
    )
    return draw_card(text, partial(draw_board, card.rows), HUE, look)
