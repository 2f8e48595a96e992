"""Reels of shared recaps: drawn by a worker, stored with a size limit, emptied with the consent they need."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from loops.events import LinkTakenBack
from loops.media.reel import CountedNumber, DrawnReel, ImprovedSkill, Reel, draw_reel
from loops.models import Link
from loops.proud_parent.consent import child_name
from loops.proud_parent.models import RecapReel
from viral_engine.accounts.events import ConsentWithdrawn
from viral_engine.kernel.clock import today
from viral_engine.kernel.leases import TryLater, run
from viral_engine.kernel.privacy.shared import SharedKind, SharedThing

Draw = Callable[[Reel], DrawnReel]
CALL = "Try a class for free"


def make_reels(*, at: datetime, draw: Draw = draw_reel, limit: int = 4) -> int:
    """Give waiting reels an attempt, oldest first; returns how many were made.

    After three failed attempts the page of the recap shows the card alone. A consent that is withdrawn while the reel
    is drawn ends the lease, and nothing is kept.

    Cost  1 query, and 5 statements and about 10 s a reel.
    """

    def make(reel: RecapReel) -> dict[str, bytes | None]:
        drawn = draw(reel_of(reel.share.link, at))
        if len(drawn.webp) > RecapReel.MAX_BYTES:
            raise TryLater(f"The reel is too large: {len(drawn.webp)} bytes.")
        has_video = drawn.mp4 is not None and len(drawn.mp4) <= RecapReel.MAX_BYTES
        return {"webp": drawn.webp, "mp4": drawn.mp4 if has_video else None}

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
        streak_days=recap.streak_days,
    )


def empty_withdrawn_reels(event: ConsentWithdrawn, _: datetime) -> None:
    """Delete the films about a child whose consent was withdrawn. A durable listener, after the links are hidden.

    The emptied rows wait: a worker draws a film again once its link works, as the consents then in force allow.
    """
    if event.kind in {"coppa", "disclosure", "ferpa"}:
        RecapReel.objects.filter(share__link__about_id=event.child_id).empty()


def delete_reel_of_link(event: LinkTakenBack, _: datetime) -> None:
    """Delete the reel of a link that a parent took back. A durable listener."""
    RecapReel.objects.filter(share__link__code=event.link_code).delete()


# -- On the parent's page --------------------------------------------------------------------------------------
def shared_reels(user_id: int, at: datetime) -> list[SharedThing]:
    """The reels about a child; 1 query."""
    reels = RecapReel.objects.filter(share__recap__child=user_id).select_related("share__link").defer("webp", "mp4")
    return [
        SharedThing(
            key=str(reel.pk),
            title="A film of a week",
            audience="Anyone who has the link of the recap",
            shared_at=reel.share.link.created_at,
            is_open=reel.share.link.is_live(at),
        )
        for reel in reels.order_by("-share__link__created_at")
    ]


def take_reel_back(user_id: int, key: str, _: datetime) -> bool:
    """Delete a reel; the card of its link stays until the link is taken back."""
    return bool(RecapReel.objects.filter(share__recap__child=user_id, pk=int(key)).delete()[0])


REELS = SharedKind("reel", shared_reels, take_reel_back)
