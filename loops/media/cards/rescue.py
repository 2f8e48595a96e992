"""Streak Rescue: a flame that must not go out."""

from dataclasses import dataclass

from loops.media.paper import MARGIN, SUN, WHITE, Paper, Theme
from loops.media.text import name_or

THEME = Theme(start="#8a2a12", end="#d6541c", circle="#e8703a", faint="#ffe6d6", track="#f0a07a")


@dataclass(frozen=True, slots=True)
class RescueCard:
    """`name` is already fit for outsiders; empty reads "A friend"."""

    name: str
    days: int
    skill: str
    site: str
    call: str = "Save it together"
    detail: str = "10 questions, 5 minutes"


def draw_rescue_card(card: RescueCard) -> bytes:
    """A PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    paper = Paper(THEME)
    paper.brand(card.site)
    paper.words((MARGIN, 222), f"{name_or(card.name, 'A friend')} may lose", 46, fill=THEME.faint, width=620)
    days = min(card.days, 9999)
    paper.words((MARGIN - 4, 358), f"{days} {'day' if days == 1 else 'days'}", 132, weight="ExtraBold", width=640)
    paper.words((MARGIN, 438), f"in a row. Practice {card.skill} with them.", 36, fill=THEME.faint, width=640)
    end = paper.pill((MARGIN, 492), card.call)
    paper.words((end + 28, 529), card.detail, 26, fill=THEME.faint, width=340, anchor="lm")
    paper.disc((930, 300), 208, "#b8431a")
    paper.drop((930, 108), 458, 148, SUN)
    paper.drop((930, 270), 458, 78, WHITE)
    return paper.png()
