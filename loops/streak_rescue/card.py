"""Streak Rescue card: a worried flame and the streak at risk."""

from dataclasses import dataclass

from loops.media.canvas import SUN, Canvas, Point
from loops.media.layout import SAMPLE_SITE, CardText, draw_card, on_stage
from loops.media.looks import EMBER_HUE, LINK_PREVIEW, CardLook
from loops.media.mascot import draw_face
from loops.media.text import name_or_default
from viral_engine.formatting import count_noun

HUE = EMBER_HUE
MAX_DAYS = 9999


@dataclass(frozen=True, slots=True)
class RescueCard:
    """Content of the card. `name` is safe for outsiders; if empty, the card says "A friend"."""

    name: str
    days: int
    skill: str
    site: str
    call: str = "Save it together"
    detail: str = "10 questions, 5 minutes"


SAMPLE = RescueCard("Ada", 6, "Algebra", SAMPLE_SITE)


def draw_rescue_card(card: RescueCard, look: CardLook = LINK_PREVIEW) -> bytes:
    """Return the card as a PNG without metadata. Cost  as `draw_card`."""
    text = CardText(
        kicker=f"{name_or_default(card.name, 'A friend')} may lose",
        title=count_noun(min(card.days, MAX_DAYS), "day"),
        detail=f"in a row. Practice {card.skill} with them.",
        call=card.call,
        note=card.detail,
        site=card.site,
    )
    return draw_card(text, on_stage(draw_streak_flame), HUE, look)


def draw_streak_flame(canvas: Canvas, center: Point, reach: float) -> None:
    """Draw a flame with a face."""
    x, y = center
    ground = y + reach * 0.78
    canvas.flame((x, y - reach * 0.86), ground, reach * 0.74, "#ff8a1f")
    canvas.flame((x - reach * 0.02, y - reach * 0.42), ground, reach * 0.6, SUN)
    canvas.flame((x, y + reach * 0.02), ground, reach * 0.42, "#fff0c9")
    draw_face(canvas, (x, y + reach * 0.4), reach * 0.4, "smile", cheek="#ff8a1f")
