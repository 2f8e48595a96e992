"""Reels of shared weeks: drawn by a worker, stored with a bound, gone with the consent they need."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db.models import F

from loops.media.reel import CountedNumber, GrownSkill, Reel, draw_reel
from loops.models import Link
from loops.proud_parent.consent import child_name
from loops.proud_parent.models import RecapReel
from viral_engine.accounts.events import AccountErased, ConsentWithdrawn

logger = logging.getLogger(__name__)
Draw = Callable[[Reel], bytes]
CALL = "Try a class for free"


def make_reels(*, at: datetime, draw: Draw = draw_reel, limit: int = 4) -> int:
    """Reels that wait have had a try, oldest first; returns how many were made.

    A reel is claimed by a conditional update; three tries, and then its page shows the card alone.

    Cost  1 query, and 5 statements and about 3 s a reel.
    """
    waiting = RecapReel.objects.waiting(at).order_by("pk").defer("webp")
    related = ("share__link", "share__recap__child")
    return sum(_make(reel, draw, at) for reel in waiting.select_related(*related)[:limit])


def _make(reel: RecapReel, draw: Draw, at: datetime) -> bool:
    lease = at + RecapReel.LEASE
    if not RecapReel.objects.to_make(at).filter(pk=reel.pk).update(leased_until=lease, tries=F("tries") + 1):
        return False
    try:
        webp = draw(reel_of(reel.share.link, at))
    except Exception:
        logger.exception("reel of share %s not drawn", reel.pk)
        return False
    if len(webp) > RecapReel.MOST_BYTES:
        logger.error("reel of share %s is too large: %s bytes", reel.pk, len(webp))
        return False
    # Consent may have been withdrawn while it was drawn: then there is no row any more, and nothing is kept.
    return bool(RecapReel.objects.filter(pk=reel.pk, leased_until=lease).update(webp=webp, made_at=at))


def reel_of(link: Link, at: datetime) -> Reel:
    """What the reel says; 1 query, for the name."""
    recap = link.recap_share.recap
    skills = (GrownSkill(one["name"], one["before"] or 0, one["after"]) for one in recap.skills if one["before"])
    return Reel(
        headline=recap.headline,
        numbers=tuple(CountedNumber(number, label) for number, label, _ in recap.figures),
        skills=tuple(skills),
        call=CALL,
        site=settings.SITE_NAME,
        child=child_name(recap.child, at.date()),
    )


def drop_reels(event: ConsentWithdrawn, _: datetime) -> None:
    """What a reel told of the child must not be kept. A promised listener."""
    if event.kind in {"coppa", "ferpa"}:
        RecapReel.objects.filter(share__link__about_id=event.child_id).delete()


def drop_erased(event: AccountErased, _: datetime) -> None:
    """Of the child who is forgotten, or by the parent who is. A promised listener."""
    RecapReel.objects.filter(share__recap__child_id=event.user_id).delete()
    RecapReel.objects.filter(share__recap__parent_id=event.user_id).delete()
