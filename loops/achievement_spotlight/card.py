"""Achievement Spotlight card: a medal and an invitation to try the skill."""

from dataclasses import dataclass
from typing import Literal

from loops.media.canvas import CORAL, MARGIN, SUN, WHITE, Canvas, Palette
from loops.media.text import name_or_default

PALETTE = Palette(start="#7a1f6b", end="#c23a7e", circle="#d9559a", faint="#ffe0f0", track="#e58bbb")
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


def draw_badge_card(card: BadgeCard) -> bytes:
    """Return the card as a PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    canvas = Canvas(PALETTE)
    canvas.brand(card.site)
    canvas.line((MARGIN, 212), f"{name_or_default(card.name, 'A friend')} earned", 42, fill=PALETTE.faint, width=620)
    y = canvas.paragraph((MARGIN, 240), card.badge, 72, weight="ExtraBold", width=640, max_lines=2, min_size=46)
    canvas.line((MARGIN, max(y, 346) + 34), card.detail, 34, fill=PALETTE.faint, width=620)
    canvas.pill((MARGIN, 504), card.call)
    _draw_medal(canvas, (930, 268), card.sign)
    return canvas.png()


def _draw_medal(canvas: Canvas, center: tuple[float, float], sign: BadgeIcon) -> None:
    x, y = center
    canvas.polygon(
        [(x - 96, y + 110), (x - 142, y + 268), (x - 84, y + 246), (x - 44, y + 290), (x - 8, y + 150)], CORAL
    )
    canvas.polygon(
        [(x + 96, y + 110), (x + 142, y + 268), (x + 84, y + 246), (x + 44, y + 290), (x + 8, y + 150)], "#e5484d"
    )
    canvas.star(center, 196, SUN, points=20, depth=0.91)
    canvas.disc(center, 152, "#ffd98a")
    canvas.disc(center, 136, SUN)
    {"star": _star, "flame": _flame, "trophy": _trophy}[sign](canvas, x, y)


def _star(canvas: Canvas, x: float, y: float) -> None:
    canvas.star((x, y + 4), 98, WHITE)


def _flame(canvas: Canvas, x: float, y: float) -> None:
    canvas.flame((x, y - 112), y + 92, 92, WHITE)
    canvas.flame((x, y - 4), y + 92, 46, SUN)


def _trophy(canvas: Canvas, x: float, y: float) -> None:
    for side in (-1, 1):
        canvas.stroke(
            [(x + side * 52, y - 62), (x + side * 92, y - 62), (x + side * 84, y - 14), (x + side * 44, y + 6)],
            16,
            WHITE,
        )
    canvas.rounded((x - 60, y - 84, x + 60, y - 10), 12, WHITE)
    canvas.disc((x, y - 18), 60, WHITE)
    canvas.rounded((x - 11, y + 30, x + 11, y + 70), 4, WHITE)
    canvas.rounded((x - 52, y + 64, x + 52, y + 90), 12, WHITE)
    canvas.star((x, y - 30), 30, "#e59500")
