"""Card of a session's action: the skill, large, and five dots for five questions."""

from dataclasses import dataclass

from loops.media.canvas import MARGIN, SUN, WHITE, Canvas, Palette
from loops.media.text import name_or_default

PALETTE = Palette(start="#0b5d6b", end="#12908a", circle="#2ba7a0", faint="#d8f5f2", track="#5cc4bd")


@dataclass(frozen=True, slots=True)
class SessionCard:
    """Content of the card. `name` is safe for outsiders; nothing that was said is on it."""

    name: str
    line: str  # what the person did: "is training"
    skill: str
    site: str
    call: str


def draw_session_card(card: SessionCard) -> bytes:
    """Return the card as a PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    canvas = Canvas(PALETTE)
    canvas.brand(card.site)
    line = f"{name_or_default(card.name, 'A friend')} {card.line}"
    canvas.line((MARGIN, 212), line, 42, fill=PALETTE.faint, width=900)
    canvas.paragraph((MARGIN, 240), card.skill, 84, weight="ExtraBold", width=900, max_lines=2, min_size=46)
    for place in range(5):
        canvas.disc((MARGIN + 24 + place * 72, 452), 22, SUN if place < 4 else WHITE)  # noqa: PLR2004
    canvas.pill((MARGIN, 504), card.call)
    return canvas.png()
