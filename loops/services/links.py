import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from experiments.services import Variant
from loops import rules
from loops.events import LinkClicked
from loops.models import Link, Touch
from loops.services.arms import carry, tree_of
from viral_engine.accounts.events import AccountErased, ConsentWithdrawn
from viral_engine.accounts.models import User
from viral_engine.kernel.services import announce

LINK_LIFE = timedelta(days=30)
LOOP_OF_PURPOSE: dict[str, str] = {}  # set by the registry; other purposes are for links of any loop
SIGNATURE_LENGTH = 16  # hex: 64 bits, so a code cannot be guessed and a guess costs no query


def create_link(
    *,
    loop_name: str,
    inviter: User,
    at: datetime,
    lasts: timedelta = LINK_LIFE,
    arms: Iterable[Variant] = (),
    words: Mapping[str, str] | None = None,
    about: User | None = None,
) -> Link:
    """A live link with a random code exists; the caller holds the transaction.

    Cost  1 insert, and `tree_of`. 56^8 codes: two alike meet the unique code and fail the transaction, once in 10^13.
    """
    code = "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH))
    return Link.objects.create(
        code=code,
        loop_id=loop_name,
        inviter=inviter,
        tree=tree_of(inviter),
        arms=carry(arms),
        words=words or {},
        about=about,
        created_at=at,
        expires_at=at + lasts,
    )


def token_for(link: Link, purpose: str) -> str:
    """`code.signature`, good for one purpose: link, card, reel, or the landing page of one loop."""
    return f"{link.code}.{_signature(link.code, purpose, settings.SECRET_KEY)}"


def find_link(token: str, purpose: str) -> Link | None:
    """The link a token names, live or not; None for a forged, cut or foreign token.

    Cost  1 query, 2 for what every loop has (link, card), none when the signature is wrong.
    """
    code, _, signature = token.partition(".")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(signature.encode(), _signature(code, purpose, key).encode()) for key in keys):
        return None
    loop = LOOP_OF_PURPOSE.get(purpose)
    if loop is None:
        return Link.objects.all().first_with_details(code=code)
    return Link.objects.all().with_details(loop).filter(code=code).first()


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
    """A parent withdrew: what the child shared, and what others shared of the child, goes dark at once."""
    if event.kind in {"coppa", "ferpa"}:  # what they share are results of theirs
        whose = Q(inviter_id=event.child_id) | Q(about_id=event.child_id)
        open_links = Link.objects.filter(whose, deactivated_at=None)
        open_links.update(deactivated_at=at, dark_for=Link.Reason.CONSENT)


def darken_erased(event: AccountErased, at: datetime) -> None:
    """Somebody is forgotten: what others shared of them goes dark. A promised listener."""
    of_them = Link.objects.filter(about_id=event.user_id, deactivated_at=None)
    of_them.update(deactivated_at=at, dark_for=Link.Reason.OFFICE)


def why_dark(link: Link, at: datetime) -> str:
    """Why nobody can follow the link, in words for whoever shared it; empty while they can. No query."""
    if link.dark_for == Link.Reason.CONSENT:
        return "A parent took back their consent, so what was shared cannot be seen any more."
    if link.deactivated_at is not None:
        return "This was switched off. What was shared cannot be seen any more."
    if not link.is_live(at):
        return f"This ran out on {link.expires_at:%-d %B}. What was shared cannot be seen any more."
    if not is_open(link, at):
        return f"{link.loop.title} is switched off at the moment. What was shared works again once it is back."
    return ""
