"""The participant behind a request: a member, the browser's guest, or a new guest."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from loops.core.referees import OwnLinkOpened
from loops.core.views.link_access import link_unavailable
from loops.models import Link
from viral_engine.accounts.identity import device_of, remember_device, remember_guest, visitor_of
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services.guests import create_guest
from viral_engine.kernel.client_identity import hashed_ip
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt
from viral_engine.learning.services.decks import DeckClosed


@dataclass(frozen=True, slots=True)
class LinkParticipant:
    """The person who answers a link's questions, and the id of their browser."""

    owner: User | Guest
    device: str

    def remember(self, response: HttpResponse) -> HttpResponse:
        """Set the guest's cookies on the response, and return it."""
        if isinstance(self.owner, Guest):
            remember_guest(response, self.owner)
            remember_device(response, self.device)
        return response


def participant_of(request: HttpRequest, link: Link) -> LinkParticipant:
    """Cost  1 query for a guest, 2 for a new guest."""
    visitor = visitor_of(request)
    device, device_hash = device_of(request)
    if visitor.user is not None:
        return LinkParticipant(visitor.user, device)
    # A guest who signed up and logged out is a new guest: the old one's answers belong to the account.
    if visitor.guest is not None and visitor.guest.user_id is None:
        return LinkParticipant(visitor.guest, device)
    ip_hash = hashed_ip(request)
    return LinkParticipant(create_guest(device=device_hash, ip_hash=ip_hash, link_code=link.code, at=now()), device)


def start_as_participant(request: HttpRequest, link: Link, start: Callable[[User | Guest], Attempt]) -> HttpResponse:
    """Start the questions of a live link, signed in or not; its referrer goes to the share sheet."""
    player = participant_of(request, link)
    try:
        attempt = start(player.owner)
    except OwnLinkOpened:
        return redirect("loops:share_sheet", link.code)
    except DeckClosed:
        return link_unavailable(request, 410)
    return player.remember(redirect("learning:attempt", attempt.pk))
