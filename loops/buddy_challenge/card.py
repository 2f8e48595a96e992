"""Buddy Challenge card: a score to beat, around the mascot."""

from dataclasses import dataclass
from functools import partial

from loops.media.canvas import INK, MINT, SUN, WHITE, Canvas, Point
from loops.media.layout import SAMPLE_SITE, CardText, draw_card, on_stage
from loops.media.looks import LINK_PREVIEW, VIOLET_HUE, CardLook
from loops.media.mascot import draw_mascot
from loops.media.text import name_or_default

HUE = VIOLET_HUE
CHEERED_FROM = 90  # a score in percent


@dataclass(frozen=True, slots=True)
class ChallengeCard:
    """Content of the card. `name` is safe for outsiders; if empty, the card says "A friend"."""

    name: str
    score: int
    skill: str
    site: str
    call: str = "Can you beat it?"
    detail: str = "5 questions, 2 minutes"


SAMPLE = ChallengeCard("Ada", 90, "Algebra", SAMPLE_SITE)


def draw_challenge_card(card: ChallengeCard, look: CardLook = LINK_PREVIEW) -> bytes:
    """Return the card as a PNG without metadata. Cost  as `draw_card`."""
    score = min(100, max(0, card.score))
    text = CardText(
        kicker=f"{name_or_default(card.name, 'A friend')} scored",
        title=f"{score}%",
        detail=f"in {card.skill}",
        call=card.call,
        note=card.detail,
        site=card.site,
    )
    return draw_card(text, on_stage(partial(_draw_ring, score)), HUE, look)


def _draw_ring(score: int, canvas: Canvas, center: Point, reach: float) -> None:
    """Draw the score as a ring around the mascot, and a question mark for the reader's turn."""
    canvas.dial(center, reach * 0.88, score, color=MINT, thick=reach * 0.15)
    draw_mascot(canvas, center, reach * 0.42, "cheer" if score >= CHEERED_FROM else "wink")
    badge = (center[0] + reach * 0.66, center[1] + reach * 0.66)
    canvas.disc(badge, reach * 0.3, WHITE)
    canvas.disc(badge, reach * 0.25, SUN)
    canvas.line(badge, "?", round(reach * 0.34), weight="ExtraBold", fill=INK, anchor="mm")
