"""Buddy Challenge card: a score to beat."""

from dataclasses import dataclass

from loops.media.canvas import MARGIN, Canvas, Palette
from loops.media.text import name_or_default

PALETTE = Palette(start="#4a2fd6", end="#6d4bff", circle="#8468ff", track="#8a75f9")


@dataclass(frozen=True, slots=True)
class ChallengeCard:
    """Content of the card. `name` is safe for outsiders; if empty, the card says "A friend"."""

    name: str
    score: int
    skill: str
    site: str
    call: str = "Can you beat it?"
    detail: str = "5 questions, 2 minutes"


def draw_challenge_card(card: ChallengeCard) -> bytes:
    """Return the card as a PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    canvas = Canvas(PALETTE)
    canvas.brand(card.site)
    score = min(100, max(0, card.score))
    canvas.line((MARGIN, 222), f"{name_or_default(card.name, 'A friend')} scored", 46, width=600)
    canvas.line((MARGIN - 8, 372), f"{score}%", 164, weight="ExtraBold", width=620)
    canvas.line((MARGIN, 446), f"in {card.skill}", 46, width=600)
    end = canvas.pill((MARGIN, 492), card.call)
    canvas.line((end + 28, 529), card.detail, 26, fill=PALETTE.faint, width=340, anchor="lm")
    canvas.dial((930, 286), 178, score, thick=42)
    canvas.line((930, 266), "?", 150, weight="ExtraBold", anchor="mm")
    canvas.line((930, 368), "your turn", 30, weight="Bold", fill=PALETTE.faint, anchor="mm")
    return canvas.png()
