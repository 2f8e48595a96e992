"""Card of a session's action: the skill, and a hand of question cards."""

import math
from dataclasses import dataclass

from loops.media.canvas import CORAL, MINT, SUN, VIOLET, WHITE, Canvas, Point
from loops.media.layout import SAMPLE_SITE, CardText, draw_card, on_stage
from loops.media.looks import LINK_PREVIEW, TEAL_HUE, CardLook
from loops.media.mascot import draw_mascot
from loops.media.text import name_or_default

HUE = TEAL_HUE
HAND = (VIOLET, MINT, WHITE, SUN, CORAL)  # five questions


@dataclass(frozen=True, slots=True)
class SessionCard:
    """Content of the card. `name` is safe for outsiders; nothing that was said is on it."""

    name: str
    line: str  # what the person did: "is training"
    skill: str
    site: str
    call: str


SAMPLE = SessionCard("Ada", "is training", "Algebra", SAMPLE_SITE, "Train with me")


def draw_session_card(card: SessionCard, look: CardLook = LINK_PREVIEW) -> bytes:
    """Return the card as a PNG without metadata. Cost  as `draw_card`."""
    text = CardText(
        kicker=f"{name_or_default(card.name, 'A friend')} {card.line}",
        title=card.skill,
        detail="Five questions to try together",
        call=card.call,
        site=card.site,
    )
    return draw_card(text, on_stage(_draw_hand), HUE, look)


def _draw_hand(canvas: Canvas, center: Point, reach: float) -> None:
    """Draw five cards fanned out behind the mascot."""
    x, foot = center[0], center[1] + reach * 0.7
    for number, color in enumerate(HAND):
        angle = math.radians(-36 + 18 * number)
        across, up = (math.cos(angle), math.sin(angle)), (math.sin(angle), -math.cos(angle))

        def at(side: float, rise: float, across: Point = across, up: Point = up) -> Point:
            return (
                x + reach * (side * across[0] + rise * up[0]),
                foot + reach * (side * across[1] + rise * up[1]),
            )

        canvas.polygon([at(-0.26, 0.3), at(0.26, 0.3), at(0.26, 1.3), at(-0.26, 1.3)], canvas.palette.stage)
        canvas.polygon([at(-0.23, 0.3), at(0.23, 0.3), at(0.23, 1.27), at(-0.23, 1.27)], color)
        canvas.line(at(0, 1.03), "?", round(reach * 0.3), weight="ExtraBold", fill=canvas.palette.stage, anchor="mm")
    draw_mascot(canvas, (x, foot - reach * 0.22), reach * 0.36, "smile")
