"""Buddy Challenge: a score to beat."""

from dataclasses import dataclass

from loops.media.paper import MARGIN, Paper, Theme
from loops.media.text import name_or

THEME = Theme(start="#4a2fd6", end="#6d4bff", circle="#8468ff", track="#8a75f9")


@dataclass(frozen=True, slots=True)
class ChallengeCard:
    """Everything a challenge card may say. `name` is already fit for outsiders; empty reads "A friend"."""

    name: str
    score: int
    skill: str
    site: str
    call: str = "Can you beat it?"
    detail: str = "5 questions, 2 minutes"


def draw_challenge_card(card: ChallengeCard) -> bytes:
    """A PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    paper = Paper(THEME)
    paper.brand(card.site)
    score = min(100, max(0, card.score))
    paper.words((MARGIN, 222), f"{name_or(card.name, 'A friend')} scored", 46, width=600)
    paper.words((MARGIN - 8, 372), f"{score}%", 164, weight="ExtraBold", width=620)
    paper.words((MARGIN, 446), f"in {card.skill}", 46, width=600)
    end = paper.pill((MARGIN, 492), card.call)
    paper.words((end + 28, 529), card.detail, 26, fill=THEME.faint, width=340, anchor="lm")
    paper.dial((930, 286), 178, score, thick=42)
    paper.words((930, 266), "?", 150, weight="ExtraBold", anchor="mm")
    paper.words((930, 368), "your turn", 30, weight="Bold", fill=THEME.faint, anchor="mm")
    return paper.png()
