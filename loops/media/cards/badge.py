"""Achievement Spotlight: a medal and a dare."""

from dataclasses import dataclass
from typing import Literal

from loops.media.paper import CORAL, MARGIN, SUN, WHITE, Paper, Theme
from loops.media.text import name_or

THEME = Theme(start="#7a1f6b", end="#c23a7e", circle="#d9559a", faint="#ffe0f0", track="#e58bbb")
Sign = Literal["star", "flame", "trophy"]


@dataclass(frozen=True, slots=True)
class BadgeCard:
    """`name` is already fit for outsiders; empty reads "A friend"."""

    name: str
    badge: str
    detail: str
    site: str
    sign: Sign = "star"
    call: str = "Try it now"


def draw_badge_card(card: BadgeCard) -> bytes:
    """A PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    paper = Paper(THEME)
    paper.brand(card.site)
    paper.words((MARGIN, 212), f"{name_or(card.name, 'A friend')} earned", 42, fill=THEME.faint, width=620)
    y = paper.lines((MARGIN, 240), card.badge, 72, weight="ExtraBold", width=640, most=2, least=46)
    paper.words((MARGIN, max(y, 346) + 34), card.detail, 34, fill=THEME.faint, width=620)
    paper.pill((MARGIN, 504), card.call)
    _draw_medal(paper, (930, 268), card.sign)
    return paper.png()


def _draw_medal(paper: Paper, center: tuple[float, float], sign: Sign) -> None:
    x, y = center
    paper.shape([(x - 96, y + 110), (x - 142, y + 268), (x - 84, y + 246), (x - 44, y + 290), (x - 8, y + 150)], CORAL)
    paper.shape(
        [(x + 96, y + 110), (x + 142, y + 268), (x + 84, y + 246), (x + 44, y + 290), (x + 8, y + 150)], "#e5484d"
    )
    paper.star(center, 196, SUN, points=20, depth=0.91)
    paper.disc(center, 152, "#ffd98a")
    paper.disc(center, 136, SUN)
    {"star": _star, "flame": _flame, "trophy": _trophy}[sign](paper, x, y)


def _star(paper: Paper, x: float, y: float) -> None:
    paper.star((x, y + 4), 98, WHITE)


def _flame(paper: Paper, x: float, y: float) -> None:
    paper.drop((x, y - 112), y + 92, 92, WHITE)
    paper.drop((x, y - 4), y + 92, 46, SUN)


def _trophy(paper: Paper, x: float, y: float) -> None:
    for side in (-1, 1):
        paper.stroke(
            [(x + side * 52, y - 62), (x + side * 92, y - 62), (x + side * 84, y - 14), (x + side * 44, y + 6)],
            16,
            WHITE,
        )
    paper.rounded((x - 60, y - 84, x + 60, y - 10), 12, WHITE)
    paper.disc((x, y - 18), 60, WHITE)
    paper.rounded((x - 11, y + 30, x + 11, y + 70), 4, WHITE)
    paper.rounded((x - 52, y + 64, x + 52, y + 90), 12, WHITE)
    paper.star((x, y - 30), 30, "#e59500")
