"""People start a loop themselves."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from loops.core.orchestrator import route_loop
from loops.core.queries import waiting_prompt
from loops.core.registry import LOOPS
from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.kernel.clock import now

NOTHING_NEW = "There is nothing new to share yet. Practice a little, then try again."


@login_required_at("loops:rewards")
@require_POST
def start_loop(request: HttpRequest, name: str) -> HttpResponse:
    """Offer the loop that the person picked, through the orchestrator. Pressing again opens the same share sheet."""
    if name not in LOOPS:
        raise Http404
    user, at = require_user(request), now()
    offer = waiting_prompt(user, at, loop=name)
    if offer is None:
        choice = route_loop(name, user, at)
        if choice.link is not None:
            return redirect("loops:share_sheet", choice.link.code)
        offer = waiting_prompt(user, at, loop=name)  # of a press at the same moment
    if offer is None:
        messages.info(request, choice.message or NOTHING_NEW)
        return redirect("loops:rewards")
    return redirect("loops:share_sheet", offer.link.code)
