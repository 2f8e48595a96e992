"""What a person is given to share: the words, the addresses, one entry a channel."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from loops.models import Link
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
class SharePack:
    headline: str
    message: str
    url: str
    card_url: str
    channels: tuple[Channel, ...]


def inviter_name(link: Link, at: datetime) -> str:
    """The name outsiders read: an adult's first name, a minor's only with a parent's consent, else "A friend".

    Cost  1 query for a minor, none for an adult.
    """
    age = link.inviter.age_on(at.date())
    has_consent = (age is None or age < ADULT_AGE) and "coppa" in Consent.objects.kinds_for(link.inviter_id)
    return public_name(first_name=link.inviter.first_name, age=age, has_disclosure_consent=has_consent)


def share_pack(link: Link) -> SharePack:
    """No query when the link came with its challenge; nothing in it names the inviter."""
    challenge = link.challenge
    skill = challenge.deck.skill.name
    url = settings.SITE_URL + reverse("loops:follow", args=[token_for(link, "link")])
    headline = f"I scored {challenge.score_to_beat}% in {skill}. Can you beat it?"
    return SharePack(
        headline=headline,
        message=f"{headline} 5 questions, 2 minutes, no account needed.",
        url=url,
        card_url=reverse("loops:card", args=[token_for(link, "card")]),
        channels=_channels(headline, url),
    )


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
