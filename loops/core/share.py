"""A share pack: the copy, the addresses and one entry per channel."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString

from loops.core.links import token_for
from loops.media.looks import CardLook
from loops.media.qr import qr_svg
from loops.models import Link
from loops.rules.copy import Copy, CopyAudience, template
from loops.rules.copy_params import fill_placeholders


@dataclass(frozen=True, slots=True)
class ShareChannel:
    """`href` opens the person's own app with the text ready to edit; empty where only a script can act."""

    name: str
    label: str
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class ShareCopy:
    """The copy of one link. Only `headline` and `message` are for the friend; the rest is for the referrer."""

    title: str  # over the sheet
    headline: str  # the line that is sent
    message: str  # the headline and the pitch for the friend
    terms: str  # the rewards for both sides, and how to earn them
    why: str  # the answer to "Why did I see this?"
    back_url: str
    back_label: str
    cta: str = "Have a look"  # on the button of the landing page
    own_part_url: str = ""  # a page where the referrer takes part as well
    own_part_label: str = ""


@dataclass(frozen=True, slots=True)
class SharePack:
    copy: ShareCopy
    url: str
    card_url: str
    story_url: str
    channels: tuple[ShareChannel, ...]

    @property
    def qr_code(self) -> SafeString:
        """The link for a phone's camera, as SVG; about 3 ms."""
        return qr_svg(f"{self.url}?via=qr", title="QR code of your link")


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """The preview that a messenger shows for a landing page."""

    title: str
    description: str
    picture: str  # text in place of the card, for people who cannot see it


@dataclass(frozen=True, slots=True)
class ShareCard:
    """A card: all its text, which is also its cache key, and how to draw it."""

    says: object
    draw: Callable[[CardLook], bytes]  # a PNG


def render_copy(link: Link, **facts: object) -> Copy:
    """The link's own copy, or its loop's English template, with the facts filled in."""
    texts = asdict(template(link.loop_id, CopyAudience(link.referrer.role)))
    texts |= {part: text for part, text in link.words.items() if text and part in texts}
    return Copy(**{part: fill_placeholders(text, **facts) for part, text in texts.items()})


def build_share_pack(link: Link, copy: ShareCopy) -> SharePack:
    """The copy with the addresses of the link; no query."""
    url = settings.SITE_URL + reverse("loops:follow", args=[token_for(link, "link")])
    card, story = (reverse(f"loops:{name}", args=[token_for(link, "card")]) for name in ("card", "story"))
    return SharePack(copy=copy, url=url, card_url=card, story_url=story, channels=_channels(copy.headline, url))


def _channels(headline: str, url: str) -> tuple[ShareChannel, ...]:
    def text(channel: str) -> str:
        return f"{headline} {url}?via={channel}"

    subject = quote(headline)
    return (
        ShareChannel("whatsapp", "WhatsApp", f"https://wa.me/?text={quote(text('whatsapp'))}", text("whatsapp")),
        ShareChannel("sms", "Message", f"sms:?&body={quote(text('sms'))}", text("sms")),
        ShareChannel("email", "E-mail", f"mailto:?subject={subject}&body={quote(text('email'))}", text("email")),
        ShareChannel("copy", "Copy", "", f"{url}?via=copy"),
        ShareChannel("system", "More", "", f"{url}?via=system"),
    )
