"""Pages of a rally."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from loops.core.registry import share_pack_for
from loops.core.views.link_access import link_unavailable, open_link, open_link_required
from loops.core.views.participants import start_as_participant
from loops.models import Link
from loops.results_rally.queries import PURPOSE, rally_page
from loops.results_rally.services import OwnRallyOpened, join_rally
from viral_engine.accounts.identity import visitor_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.learning.services.attempts import TooFewQuestions


@require_safe
@open_link_required(PURPOSE)
def rally(request: HttpRequest, link: Link) -> HttpResponse:
    """The board, for a visitor with the link and for its starter; nothing is written.

    Cost  at most 8 queries, session and user included, whatever the size of the board.
    """
    page = rally_page(link.rally, visitor_of(request), now())
    return render(request, "loops/results_rally/landing.html", {"page": page, "pack": share_pack_for(link)})


@limited("rally_board", limit=1200, window_s=60)  # a class behind one address, each asking four times a minute
@require_safe
def rally_board(request: HttpRequest, token: str) -> HttpResponse:
    """The board alone, for an open page that refreshes; a deactivated link reloads the page."""
    at = now()
    link, _ = open_link(token, PURPOSE, at)
    if link is None:
        return HttpResponseClientRefresh()
    return render(request, "loops/results_rally/_board.html", {"page": rally_page(link.rally, visitor_of(request), at)})


@limited("play", limit=300, window_s=60)
@require_POST
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Start the diagnostic, signed in or not."""
    link, status = open_link(token, PURPOSE, now())
    if link is None:
        return link_unavailable(request, status)
    try:
        return start_as_participant(request, link, lambda owner: join_rally(rally=link.rally, owner=owner, at=now()))
    except OwnRallyOpened:
        return redirect("loops:rally", token)
    except TooFewQuestions:
        messages.error(request, "There are too few questions in this subject at the moment. Come back later.")
        return redirect("loops:rally", token)
