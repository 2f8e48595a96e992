from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from loops.core.links import find_link, is_open
from loops.models import Link
from viral_engine.kernel.client_identity import hashed_ip
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import allow

GUESSES_A_MINUTE = 60
NOT_FOUND, TOO_MANY = 404, 429
LinkView = Callable[[HttpRequest, Link], HttpResponse]


def open_link(token: str, purpose: str, at: datetime) -> tuple[Link | None, int]:
    """The live link, or the status to answer with: 404 for an unknown token, 410 for a link that ended."""
    link = find_link(token, purpose)
    if link is None:
        return None, 404
    return (link, 200) if is_open(link, at) else (None, 410)


def link_unavailable(request: HttpRequest, status: int) -> HttpResponse:
    """Answer unknown, forged, expired and deactivated links with one friendly page; 429 to an address that guesses."""
    if status == NOT_FOUND and not allow("link_guess", hashed_ip(request), limit=GUESSES_A_MINUTE, window_s=60):
        response = render(request, "loops/link_expired.html", status=TOO_MANY)
        response["Retry-After"] = "60"
        return response
    return render(request, "loops/link_expired.html", status=status)


def open_link_required(purpose: str) -> Callable[[LinkView], Callable[[HttpRequest, str], HttpResponse]]:
    """Pass the view the live link of its token; any other token gets the friendly page."""

    def decorate(view: LinkView) -> Callable[[HttpRequest, str], HttpResponse]:
        @wraps(view)
        def opened(request: HttpRequest, token: str) -> HttpResponse:
            link, status = open_link(token, purpose, now())
            return link_unavailable(request, status) if link is None else view(request, link)

        return opened

    return decorate
