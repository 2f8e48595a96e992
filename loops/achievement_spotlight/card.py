"""Achievement Spotlight card: a medal and an invitation to try the skill."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from loops.media.canvas import CORAL, SUN, WHITE, Box, Canvas, Point
from loops.media.layout import SAMPLE_SITE, CardText, draw_card, on_stage
from loops.media.looks import BERRY_HUE, LINK_PREVIEW, CardLook
from loops.media.text import name_or_default

HUE = BERRY_HUE
BadgeIcon = Literal["star", "flame", "trophy"]


@dataclass(frozen=True, slots=True)
class BadgeCard:
    """Content of the card. `name` is safe for outsiders; if empty, the card says "A friend"."""

    name: str
    badge: str
    detail: str
    site: str
    sign: BadgeIcon = "star"
    call: str = "Try it now"


SAMPLE = BadgeCard(
    "Ada", "Algebra mastered", "Try 3 questions in Algebra", SAMPLE_SITE, sign="trophy"
)  # for the copy kit


def draw_badge_card(card: BadgeCard, look: CardLook = LINK_PREVIEW) -> bytes:
    """Return the card as a PNG without metadata. Cost  as `draw_card`."""
    text = CardText(
        kicker=f"{name_or_default(card.name, 'A friend')} earned",
        title=card.badge,
        detail=card.detail,
        call=card.call,
        site=card.site,
    )
    return draw_card(text, on_stage(partial(_draw_medal, card.sign)), HUE, look)


def _draw_medal(sign: BadgeIcon, canvas: Canvas, center: Point, reach: float) -> None:
    x, y = center[0], center[1] - reach * 0.12
    unit = reach / 250
    for side, color in ((-1, CORAL), (1, "#e5484d")):
        corners = [(96, 110), (142, 268), (84, 246), (44, 290), (8, 150)]
        canvas.polygon([(x + side * a * unit, y + b * unit) for a, b in corners], color)
    canvas.star((x, y), 196 * unit, SUN, points=20, depth=0.91)
    canvas.disc((x, y), 152 * unit, "#ffd98a")
    canvas.disc((x, y), 136 * unit, "#f7a600")
    {"star": _star, "flame": _flame, "trophy": _trophy}[sign](canvas, x, y, unit)
    for dx, dy, size in ((-206, -150, 26), (214, -96, 34), (-196, 96, 18), (150, -214, 16)):
        canvas.star((x + dx * unit, y + dy * unit), size * unit, WHITE, points=4, depth=0.32)


def _star(canvas: Canvas, x: float, y: float, unit: float) -> None:
    canvas.star((x, y + 4 * unit), 98 * unit, WHITE)


def _flame(canvas: Canvas, x: float, y: float, unit: float) -> None:
    canvas.flame((x, y - 112 * unit), y + 92 * unit, 92 * unit, WHITE)
    canvas.flame((x, y - 4 * unit), y + 92 * unit, 46 * unit, SUN)


def _trophy(canvas: Canvas, x: float, y: float, unit: float) -> None:
    def box(left: float, top: float, right: float, bottom: float) -> Box:
        return x + left * unit, y + top * unit, x + right * unit, y + bottom * unit

    for side in (-1, 1):
        handle = [(52, -62), (92, -62), (84, -14), (44, 6)]
        canvas.stroke([(x + side * a * unit, y + b * unit) for a, b in handle], 16 * unit, WHITE)
    canvas.rounded(box(-60, -84, 60, -10), 12 * unit, WHITE)
    canvas.disc((x, y - 18 * unit), 60 * unit, WHITE)
    canvas.rounded(box(-11, 30, 11, 70), 4 * unit, WHITE)
    canvas.rounded(box(-52, 64, 52, 90), 12 * unit, WHITE)
    canvas.star((x, y - 30 * unit), 30 * unit, "#e59500")
