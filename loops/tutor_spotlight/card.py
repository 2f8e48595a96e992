"""Tutor Spotlight card: rating, a quote and the discount."""

from dataclasses import dataclass

from loops.media.canvas import INK, MARGIN, SUN, VIOLET, WHITE, Canvas, Palette
from loops.media.text import drawable_text, name_or_default

PALETTE = Palette(
    start="#fffaf0", end="#f1ecff", circle="#e6deff", ink=INK, faint="#554e78", track="#d8d0fb", mark=VIOLET
)
STARS = 5
OPEN, CLOSE = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"


@dataclass(frozen=True, slots=True)
class TutorCard:
    """Content of the card. `quote` is safe for outsiders or empty; `offer` is short; 0 `stars` hides the rating."""

    name: str
    subject: str
    site: str
    quote: str = ""
    offer: str = "50% off"
    offer_detail: str = "your first session"
    stars: int = STARS
    sessions_taught: int = 0
    call: str = "Book a session"


def draw_tutor_card(card: TutorCard) -> bytes:
    """Return the card as a PNG of 1200 x 630 without metadata.

    Cost  about 40 ms; callers cache it.
    """
    canvas = Canvas(PALETTE)
    canvas.brand(card.site)
    quote, subject = drawable_text(card.quote, 110), drawable_text(card.subject)
    y = 222 if quote else 272  # without a quote, center the rest vertically
    canvas.avatar((MARGIN + 66, y), 66, card.name, 0)
    for number in range(STARS if card.stars else 0):
        canvas.star((MARGIN + 188 + 48 * number, y - 36), 22, SUN if number < card.stars else PALETTE.track)
    if card.sessions_taught:
        given = "session" if card.sessions_taught == 1 else "sessions"
        left = MARGIN + (430 if card.stars else 162)
        canvas.line(
            (left, y - 26), f"{card.sessions_taught:,} {given}", 28, weight="Bold", fill=PALETTE.faint, width=216
        )
    canvas.line((MARGIN + 162, y + 40), name_or_default(card.name, "Your tutor"), 58, weight="ExtraBold", width=470)
    canvas.line((MARGIN, y + 122), f"teaches {subject}" if subject else "", 36, fill=PALETTE.faint, width=620)
    if quote:
        canvas.paragraph(
            (MARGIN, y + 154), f"{OPEN}{quote}{CLOSE}", 34, weight="SemiBold", width=620, max_lines=2, min_size=26
        )
    canvas.pill((MARGIN, 492), card.call, fill=VIOLET, ink=WHITE)
    _draw_ticket(canvas, card)
    return canvas.png()


def _draw_ticket(canvas: Canvas, card: TutorCard) -> None:
    """Draw a voucher with two notches, so that people read the offer first."""
    left, top, right, bottom = 748, 150, 1128, 480
    canvas.rounded((left + 6, top + 12, right + 6, bottom + 12), 40, "#cfc5f5")
    canvas.rounded((left, top, right, bottom), 40, VIOLET)
    for x in (left - 2, right + 4):
        canvas.cut_disc((x, 374), 22)
    for x in range(left + 48, right - 44, 26):
        canvas.stroke([(x, 372), (x + 10, 372)], 4, "#8f7bff")
    middle = (left + right) / 2
    canvas.line((middle, 240), card.offer, 84, weight="ExtraBold", fill=WHITE, width=320, anchor="mm")
    canvas.line((middle, 318), card.offer_detail, 32, fill="#e4deff", width=320, anchor="mm")
    canvas.line((middle, 426), "for new families", 26, weight="Bold", fill=SUN, width=310, anchor="mm")
