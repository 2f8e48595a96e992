"""Play a link's questions from the landing page of any loop."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from loops.core.links import token_for
from loops.core.registry import share_pack_for
from loops.core.views.link_access import link_unavailable, open_link
from loops.core.views.participants import start_as_participant
from loops.models import Link
from viral_engine.accounts.identity import Visitor, visitor_of
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.queries import public_name_of
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Deck

TakeUp = Callable[[Link, User | Guest, datetime], Attempt]


def deck_page(request: HttpRequest, link: Link, deck: Deck, purpose: str, at: datetime) -> dict[str, Any]:
    """Context of every such page: the link's owner, its share pack, and this visitor's progress.

    Cost  1 query for a visitor who may have played, 1 more for a minor's name.
    """
    visitor = visitor_of(request)
    return {
        "link": link,
        "token": token_for(link, purpose),
        "deck": deck,
        "name": public_name_of(link.referrer, at),
        "pack": share_pack_for(link),
        "is_mine": visitor.user is not None and visitor.user.pk == link.referrer_id,
        "played": played_by(visitor, deck),
        "is_over": not deck.is_open(at),
    }


def played_by(visitor: Visitor, deck: Deck) -> Attempt | None:
    """The visitor's own attempt at the questions; 1 query."""
    mine = Attempt.objects.owned_by(
        user_id=visitor.user.pk if visitor.user else None, guest_id=visitor.guest.pk if visitor.guest else None
    )
    return mine.filter(deck=deck).select_related("result").first()


def play_deck(request: HttpRequest, token: str, purpose: str, take_up: TakeUp) -> HttpResponse:
    """Start the questions, signed in or not."""
    link, status = open_link(token, purpose, now())
    if link is None:
        return link_unavailable(request, status)
    return start_as_participant(request, link, lambda owner: take_up(link, owner, now()))
