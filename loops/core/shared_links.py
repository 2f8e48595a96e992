"""A child's links on the page of the parent: who opened them, and their end."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from loops.core.links import forget_cards
from loops.events import LinkTakenBack
from loops.models import Link
from viral_engine.kernel.privacy.shared import SharedKind, SharedThing
from viral_engine.kernel.services import announce

MAX_SHOWN = 50


def links_of(user_id: int) -> QuerySet[Link]:
    """Links that the person shared, and links about them."""
    return Link.objects.filter(Q(referrer=user_id) | Q(about=user_id))


def shared_links(user_id: int, at: datetime) -> list[SharedThing]:
    """The newest links; 1 query."""
    newest = links_of(user_id).annotate(opened=Count("touches")).select_related("loop").order_by("-created_at")
    return [
        SharedThing(
            key=str(link.pk),
            title=f"{link.loop.title}: a link with a card"
            + ("" if link.referrer_id == user_id else ", shared by a parent"),
            audience=_audience(link.opened),
            shared_at=link.created_at,
            is_open=link.is_live(at),
        )
        for link in newest[:MAX_SHOWN]
    ]


def _audience(opened: int) -> str:
    times = {0: "nobody has opened it", 1: "opened once"}.get(opened, f"opened {opened} times")
    return f"Anyone who has the link; {times}"


@transaction.atomic
def take_link_back(user_id: int, key: str, at: datetime) -> bool:
    """Deactivate a link for the parent, and forget its card. Announces  LinkTakenBack, once."""
    link = links_of(user_id).filter(pk=int(key)).first()
    if link is None:
        return False
    taken = Link.objects.filter(pk=link.pk, deactivated_at=None).update(
        deactivated_at=at, deactivation_reason=Link.Reason.PARENT
    )
    if taken:
        forget_cards([link.code])
        announce(LinkTakenBack(actor_id=user_id, link_code=link.code), at=at)
    return bool(taken)


LINKS = SharedKind("link", shared_links, take_link_back)
