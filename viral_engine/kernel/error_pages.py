"""The site's pages for errors.

Django draws them in a thread of its own that never sees the end of a request, so what they read leaves its database
connection open for as long as the process lives. These handlers close what they opened.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from viral_engine.kernel.database_gate import gate, is_outage

RETRY_AFTER_S = 5
WITHOUT_DATABASE = ("/api/", "/metrics")  # they say for themselves that the database is down
FOR_PROGRAMS = "/api/v1/"
# The refusal of the middleware, before the API sees the request, in the form of docs/api.md.
INVALID = {
    "type": "urn:problem:invalid",
    "title": "The request is not valid",
    "status": 400,
    "code": "invalid",
    "detail": "A value of the address or of the form holds a character that cannot be stored.",
}
Handler = Callable[[HttpRequest], HttpResponse]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  (Django names it)
    if request.path_info.startswith(FOR_PROGRAMS):
        return JsonResponse(INVALID, status=INVALID["status"], content_type="application/problem+json")
    return _page(request, "400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  (Django names it)
    return _page(request, "403.html", 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  (Django names it)
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  (Django's signature)
    """500, or 503 where the database could not be reached; neither page reads anything."""
    if is_outage(sys.exc_info()[1]):
        gate.report()
        return unavailable()
    return HttpResponse(render_to_string("500.html"), status=500)


def unavailable() -> HttpResponse:
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    return response


def refuse_while_database_is_down(get_response: Handler) -> Handler:
    """Answer 503 at once instead of letting each request wait for a connection."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if gate.is_closed() and not request.path_info.startswith(WITHOUT_DATABASE):
            return unavailable()
        return get_response(request)

    return middleware


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    with closing_new_connections():
        return render(request, template, status=status)


@contextmanager
def closing_new_connections() -> Iterator[None]:
    """Close the database connections that the block opens in this thread; those it found stay open."""
    found = {one.alias for one in connections.all(initialized_only=True) if one.connection is not None}
    try:
        yield
    finally:
        for one in connections.all(initialized_only=True):
            if one.alias not in found:
                one.close()
