import hmac
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Q
from redis.exceptions import RedisError

from experiments.services.assignment import Variant
from loops.core.experiment_adapter import carried_arms, tree_root_of
from loops.events import LinkClicked
from loops.media.looks import design_named
from loops.models import Link, Touch
from loops.rules.scoring import CHANNELS, CODE_ALPHABET, CODE_LENGTH
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import today
from viral_engine.kernel.privacy.policies import PersonIds
from viral_engine.kernel.services import announce

LINK_LIFE = timedelta(days=30)
LOOP_OF_PURPOSE: dict[str, str] = {}  # set by the registry; other purposes are for links of any loop
SIGNATURE_LENGTH = 16  # hex: 64 bits, so a code cannot be guessed and a guess costs no query


def create_link(
    *,
    loop_name: str,
    referrer: User,
    at: datetime,
    lasts: timedelta = LINK_LIFE,
    arms: Iterable[Variant] = (),
    words: Mapping[str, str] | None = None,
    about: User | None = None,
) -> Link:
    """Create a live link with a random code; the caller holds the transaction.

    The card gets the design of the arm that names one.

    Cost  1 insert, and `tree_root_of`. A duplicate code (1 in 56^8, about 10^14) violates the unique constraint.
    """
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    arms = tuple(arms)
    design = next((arm.params["design"] for arm in arms if "design" in arm.params), None)
    return Link.objects.create(
        code=code,
        loop_id=loop_name,
        referrer=referrer,
        tree=tree_root_of(referrer),
        arms=carried_arms(arms),
        words=words or {},
        card_design=design_named(design),
        about=about,
        created_at=at,
        expires_at=at + lasts,
    )


def token_for(link: Link, purpose: str) -> str:
    """Return `code.signature`, valid for one purpose: link, card, reel, or the landing page of one loop."""
    return f"{link.code}.{_signature(link.code, purpose, settings.SECRET_KEY)}"


def find_link(token: str, purpose: str) -> Link | None:
    """Return the link of a token, live or not; None for a forged, truncated or foreign token.

    A click needs no details of the loop, so it finds its page while their table is away.

    Cost  1 query, 2 for a card, none if the signature is wrong.
    """
    code, _, signature = token.partition(".")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(signature.encode(), _signature(code, purpose, key).encode()) for key in keys):
        return None
    if purpose == "link":
        return Link.objects.select_related("referrer", "loop").filter(code=code).first()
    loop = LOOP_OF_PURPOSE.get(purpose)
    if loop is None:
        return Link.objects.all().first_with_details(code=code)
    return Link.objects.all().with_details(loop).filter(code=code).first()


def code_of(token: str) -> str:
    """Return the code of a token of any purpose; empty for a forged one. No query."""
    code, _, signature = token.partition(".")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    purposes = {"link", "card", *LOOP_OF_PURPOSE}
    is_ours = [
        hmac.compare_digest(signature.encode(), _signature(code, purpose, key).encode())
        for purpose in sorted(purposes)
        for key in keys
    ]
    return code if any(is_ours) else ""


def _signature(code: str, purpose: str, key: str) -> str:
    return hmac.new(f"loops.{purpose}:{key}".encode(), code.encode(), sha256).hexdigest()[:SIGNATURE_LENGTH]


def is_open(link: Link, at: datetime) -> bool:
    """Return whether the link is live, and its referrer's account is active and not blocked.

    A loop that is switched off makes no new links; those that people have shared keep their promise until they expire.
    """
    return link.is_live(at) and link.referrer.is_active and link.referrer.blocked_at is None


def record_touch(
    *, link: Link, visitor: str, guest_id: str, user_id: int | None, channel: str, campaign: str, at: datetime
) -> Touch | None:
    """Record the click as a touch; return None if this visitor touched the link in the last 24 hours.

    Cost      3 statements, 1 for a repeat.
    Announces LinkClicked, once per touch.
    """
    if Touch.objects.by(visitor).filter(link=link, clicked_at__gt=at - timedelta(hours=24)).exists():
        return None
    channel = channel if channel in CHANNELS else ""
    try:
        with transaction.atomic():
            touch = Touch.objects.create(
                link=link,
                visitor=visitor,
                channel=channel,
                campaign="".join(letter for letter in campaign if letter.isprintable())[:40],
                clicked_at=at,
                clicked_on=today(at),
            )
            clicked = LinkClicked(
                actor_id=user_id, guest_id=guest_id, link_code=link.code, loop=link.loop_id, channel=channel
            )
            announce(clicked, at=at)
    except IntegrityError:  # a concurrent click of the same visitor came first
        return None
    return touch


def lock_link(link: Link) -> None:
    """Let the payments of a link and its switching off take turns, and read again whether it is off. 1 query."""
    fresh = Link.objects.select_for_update(no_key=True)  # a new click need not wait
    link.refresh_from_db(fields=["deactivated_at", "deactivation_reason"], from_queryset=fresh)


def deactivate(link: Link, at: datetime) -> bool:
    """Switch a link off for a decision of staff, also one that is hidden with its person; False if it was off."""
    live = Link.objects.filter(Q(deactivated_at=None) | Q(deactivation_reason=Link.Reason.CONSENT), pk=link.pk)
    return bool(live.update(deactivated_at=at, deactivation_reason=Link.Reason.STAFF))


def reactivate(link: Link) -> bool:
    """Switch a link that staff switched off on again; False for any other."""
    off = Link.objects.filter(pk=link.pk, deactivation_reason=Link.Reason.STAFF)
    return bool(off.update(deactivated_at=None, deactivation_reason=""))


def deactivate_erased(person: PersonIds, at: datetime) -> None:
    """Deactivate the links by and about an erased person, and forget their cards."""
    theirs = Link.objects.filter(Q(about_id=person.user_id) | Q(referrer_id=person.user_id))
    theirs.filter(deactivated_at=None).update(deactivated_at=at, deactivation_reason=Link.Reason.STAFF)
    forget_cards(theirs.values_list("code", flat=True))


def forget_cards(codes: Iterable[str]) -> None:
    """Drop drawn cards from the cache. A cache that is away loses them by itself within a day."""
    with suppress(RedisError):
        cache.delete_many([card_key(code, is_story=story) for code in codes for story in (False, True)])


def card_key(code: str, *, is_story: bool = False) -> str:
    return f"story:{code}" if is_story else f"card:{code}"


def deactivation_reason(link: Link, at: datetime) -> str:
    """Explain to the person who shared the link why it does not work; empty while it works. No query."""
    if link.deactivation_reason == Link.Reason.CONSENT:
        return "A parent withdrew consent, so people can no longer open this link."
    if link.deactivation_reason == Link.Reason.PARENT:
        return "A parent took this link back, so people can no longer open it."
    if link.deactivated_at is not None:
        return "This link was switched off. People can no longer open it."
    if not link.is_live(at):
        return f"This link expired on {today(link.expires_at):%-d %B}. People can no longer open it."
    if not is_open(link, at):
        return "Your account cannot share right now, so people can no longer open this link."
    return ""
