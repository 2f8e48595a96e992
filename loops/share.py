"""What a person is given to share: the words, the addresses, one entry a channel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from loops.models import Link
from loops.rules import filled
from loops.rules.copy import PARTS, Audience, Copy, template
from loops.services.links import token_for
from viral_engine.accounts.models import Consent
from viral_engine.accounts.rules import ADULT_AGE, public_name


@dataclass(frozen=True, slots=True)
class Channel:
    """`href` opens the person's own app with the text ready to edit; empty where only a script can act."""

    name: str
    label: str
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a loop says of one link. Everything but `headline` and `message` is for the person who shares."""

    title: str  # over the sheet
    headline: str  # the line that is sent
    message: str  # the same, and what awaits who follows
    terms: str  # what the two win, and how
    why: str  # the answer to "Why did I see this?"
    back_url: str
    back_label: str
    cta: str = "Have a look"  # on the button of the page that followers are led to
    own_part_url: str = ""  # where whoever shares has something to do as well
    own_part_label: str = ""


@dataclass(frozen=True, slots=True)
class SharePack:
    words: Words
    url: str
    card_url: str
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an app shows of a landing page in place of its address."""

    title: str
    description: str
    picture: str  # the card, for who cannot see it


@dataclass(frozen=True, slots=True)
class Picture:
    """A card: everything it says, which is also what it is cached by, and how it is drawn."""

    says: object
    draw: Callable[[], bytes]  # a PNG


def said_by(link: Link, **facts: object) -> Copy:
    """What the link says with its facts filled in: the words it carries, else its loop's plain English ones."""
    plain = template(link.loop_id, Audience(link.inviter.role))
    return Copy(**{part: filled(link.words.get(part) or getattr(plain, part), **facts) for part in PARTS})


def inviter_name(link: Link, at: datetime) -> str:
    """The name outsiders read: an adult's first name, a minor's only with a parent's consent, else "A friend".

    Cost  1 query for a minor, none for an adult.
    """
    age = link.inviter.age_on(at.date())
    has_consent = (age is None or age < ADULT_AGE) and "coppa" in Consent.objects.kinds_for(link.inviter_id)
    return public_name(first_name=link.inviter.first_name, age=age, has_disclosure_consent=has_consent)


def pack_of(link: Link, words: Words) -> SharePack:
    """The words with the link's own addresses; no query."""
    url = settings.SITE_URL + reverse("loops:follow", args=[token_for(link, "link")])
    card_url = reverse("loops:card", args=[token_for(link, "card")])
    return SharePack(words=words, url=url, card_url=card_url, channels=_channels(words.headline, url))


def _channels(headline: str, url: str) -> tuple[Channel, ...]:
    def text(channel: str) -> str:
        return f"{headline} {url}?via={channel}"

    subject = quote(headline)
    return (
        Channel("whatsapp", "WhatsApp", f"https://wa.me/?text={quote(text('whatsapp'))}", text("whatsapp")),
        Channel("sms", "Message", f"sms:?&body={quote(text('sms'))}", text("sms")),
        Channel("email", "E-mail", f"mailto:?subject={subject}&body={quote(text('email'))}", text("email")),
        Channel("copy", "Copy", "", f"{url}?via=copy"),
        Channel("system", "More", "", f"{url}?via=system"),
    )
