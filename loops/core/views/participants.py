from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from loops.core.referees import OwnLinkOpened
from loops.core.views.link_access import link_unavailable
from loops.models import Link
from viral_engine.accounts.identity import participant_of
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt
from viral_engine.learning.services.decks import DeckClosed


def start_as_participant(request: HttpRequest, link: Link, start: Callable[[User | Guest], Attempt]) -> HttpResponse:
    """Start the questions of a live link, signed in or not; its referrer goes to the share sheet."""
    player = participant_of(request, link_code=link.code, at=now())
    try:
        attempt = start(player.owner)
    except OwnLinkOpened:
        return redirect("loops:share_sheet", link.code)
    except DeckClosed:
        return link_unavailable(request, 410)
    return player.remember(redirect("learning:attempt", attempt.pk))
