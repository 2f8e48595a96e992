import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction

from loops import rules
from loops.events import LinkClicked
from loops.models import Link, Touch
from viral_engine.accounts.events import ConsentWithdrawn
from viral_engine.accounts.models import User
from viral_engine.kernel.services import announce

LINK_LIFE = timedelta(days=30)
SIGNATURE_LENGTH = 16  # hex: 64 bits, so a code cannot be guessed and a guess costs no query


def create_link(*, loop_name: str, inviter: User, at: datetime, lasts: timedelta = LINK_LIFE) -> Link:
    """A live link with a random code exists; the caller holds the transaction.

    Cost  1 insert. 56^8 codes: two alike meet the unique code and fail the transaction, once in 10^13.
    """
    code = "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH))
    return Link.objects.create(code=code, loop_id=loop_name, inviter=inviter, created_at=at, expires_at=at + lasts)


def token_for(link: Link, purpose: str) -> str:
    """`code.signature`, good for one purpose: link | challenge | card."""
    return f"{link.code}.{_signature(link.code, purpose, settings.SECRET_KEY)}"


def find_link(token: str, purpose: str) -> Link | None:
    """The link a token names, live or not; None for a forged, cut or foreign token.

    Cost  1 query, none when the signature is wrong.
    """
    code, _, signature = token.partition(".")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(signature.encode(), _signature(code, purpose, key).encode()) for key in keys):
        return None
    return Link.objects.select_related("inviter", "loop", "challenge__deck__skill__subject").filter(code=code).first()


def _signature(code: str, purpose: str, key: str) -> str:
    return hmac.new(f"loops.{purpose}:{key}".encode(), code.encode(), sha256).hexdigest()[:SIGNATURE_LENGTH]


def is_open(link: Link, at: datetime) -> bool:
    """Live, its loop switched on, and its inviter in good standing."""
    is_on = link.loop.is_on and settings.FEATURES.get(link.loop_id, False)
    return link.is_live(at) and is_on and link.inviter.is_active and link.inviter.blocked_at is None


def record_touch(
    *, link: Link, visitor: str, guest_id: str, user_id: int | None, channel: str, campaign: str, at: datetime
) -> Touch | None:
    """The click is a touch, unless this visitor touched the link in the last 24 hours (None).

    Cost      3 statements, 1 for a repeat.
    Announces LinkClicked, once per touch.
    """
    if Touch.objects.by(visitor).filter(link=link, clicked_at__gt=at - timedelta(hours=24)).exists():
        return None
    channel = channel if channel in rules.CHANNELS else ""
    try:
        with transaction.atomic():
            touch = Touch.objects.create(
                link=link,
                visitor=visitor,
                channel=channel,
                campaign="".join(letter for letter in campaign if letter.isprintable())[:40],
                clicked_at=at,
                clicked_on=at.date(),
            )
            clicked = LinkClicked(
                actor_id=user_id, guest_id=guest_id, link_code=link.code, loop=link.loop_id, channel=channel
            )
            announce(clicked, at=at)
    except IntegrityError:  # the same visitor's other click came first
        return None
    return touch


def darken_links(event: ConsentWithdrawn, at: datetime) -> None:
    """A parent withdrew: what the child shared goes dark at once."""
    if event.kind == "coppa":
        Link.objects.filter(inviter_id=event.child_id, deactivated_at=None).update(deactivated_at=at)
