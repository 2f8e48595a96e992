"""Reels of shared recaps: drawn by a worker, stored with a size limit, deleted with the consent they need."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from loops.media.reel import CountedNumber, ImprovedSkill, Reel, draw_reel
from loops.models import Link
from loops.proud_parent.consent import child_name
from loops.proud_parent.models import RecapReel
from viral_engine.accounts.events import AccountErased, ConsentWithdrawn
from viral_engine.kernel.clock import today
from viral_engine.kernel.leases import TryLater, run

Draw = Callable[[Reel], bytes]
CALL = "Try a class for free"


def make_reels(*, at: datetime, draw: Draw = draw_reel, limit: int = 4) -> int:
    """Give waiting reels an attempt, oldest first; returns how many were made.

    After three failed attempts the page of the recap shows the card alone. A consent that is withdrawn while the reel
    is drawn deletes the row, and nothing is kept.

    Cost  1 query, and 5 statements and about 3 s a reel.
    """

    def make(reel: RecapReel) -> dict[str, bytes]:
        webp = draw(reel_of(reel.share.link, at))
        if len(webp) > RecapReel.MAX_BYTES:
            raise TryLater(f"The reel is too large: {len(webp)} bytes.")
        return {"webp": webp}

    reels = RecapReel.objects.select_related("share__link", "share__recap__child")
    return len(run(reels, make, at=at, limit=limit))


def reel_of(link: Link, at: datetime) -> Reel:
    """The content of the reel; 1 query, for the name."""
    recap = link.recap_share.recap
    skills = (ImprovedSkill(one["name"], one["before"] or 0, one["after"]) for one in recap.skills if one["before"])
    return Reel(
        headline=recap.headline,
        numbers=tuple(CountedNumber(number, label) for number, label, _ in recap.figures),
        skills=tuple(skills),
        call=CALL,
        site=settings.SITE_NAME,
        child=child_name(recap.child, today(at)),
    )


def delete_withdrawn_reels(event: ConsentWithdrawn, _: datetime) -> None:
    """Delete the reels about a child whose consent was withdrawn. A durable listener."""
    if event.kind in {"coppa", "disclosure", "ferpa"}:
        RecapReel.objects.filter(share__link__about_id=event.child_id).delete()


def delete_erased_reels(event: AccountErased, _: datetime) -> None:
    """Delete the reels about, or by, a person whose account was erased. A durable listener."""
    RecapReel.objects.filter(share__recap__child_id=event.user_id).delete()
    RecapReel.objects.filter(share__recap__parent_id=event.user_id).delete()
