"""Leaderboard card: a board's first three on a podium."""

from dataclasses import dataclass
from functools import partial

from loops.media.cards.board import PODIUM, CardRow, draw_podium
from loops.media.layout import CardText, draw_card
from loops.media.looks import INDIGO_HUE, LINK_PREVIEW, CardLook

HUE = INDIGO_HUE


@dataclass(frozen=True, slots=True)
class LeaderboardCard:
    """Content of the card. `rows` start at the first place and are safe for outsiders; three are drawn."""

    title: str
    period: str
    rows: tuple[CardRow, ...]
    site: str
    call: str = "Join the board"


def draw_leaderboard_card(card: LeaderboardCard, look: CardLook = LINK_PREVIEW) -> bytes:
    """Return the card as a PNG without metadata. Cost  as `draw_card`."""
    text = CardText(kicker=card.period, title=card.title, detail="", call=card.call, site=card.site)
    return draw_card(text, partial(draw_podium, card.rows[:PODIUM]), HUE, look)
