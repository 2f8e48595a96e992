"""Tutor Spotlight card: rating, a quote and the discount."""

from dataclasses import dataclass
from functools import partial

from loops.media.canvas import INK, SUN, VIOLET, WHITE, Canvas, Point
from loops.media.layout import SAMPLE_SITE, CardText, draw_card
from loops.media.looks import LINK_PREVIEW, CardLook, Hue
from loops.media.text import drawable_text, name_or_default
from viral_engine.formatting import count_noun

HUE = Hue(dark="#2b1a86", main="#5b3df5", light="#8f7bff", tint="#e4deff")
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


SAMPLE = TutorCard(
    "Cy R.", "Math", SAMPLE_SITE, quote="Fractions finally clicked.", sessions_taught=120
)  # for the copy kit


def draw_tutor_card(card: TutorCard, look: CardLook = LINK_PREVIEW) -> bytes:
    """Return the card as a PNG without metadata. Cost  as `draw_card`."""
    quote, subject = drawable_text(card.quote, 110), drawable_text(card.subject)
    taught = f"{count_noun(card.sessions_taught, 'session')} taught" if card.sessions_taught > 0 else ""
    text = CardText(
        kicker=f"Your {subject} tutor" if subject else "Your tutor",
        title=name_or_default(card.name, "Your tutor"),
        detail=f"{OPEN}{quote}{CLOSE}" if quote else taught,
        call=card.call,
        note=taught if quote else "",
        stars=card.stars,
        site=card.site,
    )
    return draw_card(text, partial(_draw_ticket, card), HUE, look)


def _draw_ticket(card: TutorCard, canvas: Canvas, center: Point, reach: float) -> None:
    """Draw a voucher with the tutor's initials on it, so that people read the offer first."""
    x, y = center
    left, top, right, bottom = x - reach * 0.92, y - reach * 0.62, x + reach * 0.92, y + reach * 0.96
    canvas.rounded((left + 6, top + 12, right + 6, bottom + 10), reach * 0.17, canvas.palette.stage)
    canvas.rounded((left, top, right, bottom), reach * 0.17, WHITE)
    perforation = y + reach * 0.56
    for side in (left - 2, right + 2):
        canvas.disc((side, perforation), reach * 0.09, canvas.palette.stage)
    for number in range(11):
        start = left + reach * (0.17 + 0.14 * number)
        canvas.stroke([(start, perforation), (start + reach * 0.06, perforation)], reach * 0.02, "#cfc5f5")
    canvas.disc((x, top), reach * 0.35, WHITE)
    canvas.avatar((x, top), reach * 0.31, card.name, 0)
    wide = reach * 1.66
    size = round(reach * 0.4)
    canvas.line((x, y - reach * 0.02), card.offer, size, weight="ExtraBold", fill=VIOLET, width=wide, anchor="mm")
    canvas.line((x, y + reach * 0.33), card.offer_detail, round(reach * 0.17), fill=INK, width=wide, anchor="mm")
    canvas.rounded((x - reach * 0.66, y + reach * 0.63, x + reach * 0.66, y + reach * 0.87), reach * 0.12, SUN)
    label = (x, y + reach * 0.75)
    canvas.line(label, "for new families", round(reach * 0.13), weight="Bold", fill=INK, width=wide, anchor="mm")
