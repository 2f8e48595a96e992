"""Middleware and template context of every page."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from viral_engine.kernel.request_log import PROBES
from viral_engine.kernel.text.characters import is_storable

Handler = Callable[[HttpRequest], HttpResponse]


def probes_by_address(get_response: Handler) -> Handler:
    """Answer health checks and Prometheus whatever host they name: they call a process by its address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0]
        return get_response(request)

    return middleware


def private_pages(get_response: Handler) -> Handler:
    """Keep pages out of shared caches unless their view sets Cache-Control itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        return response

    return middleware


def pages_for_wrong_methods(get_response: Handler) -> Handler:
    """Answer 405 with the site's error page for browsers; other programs get the bare response."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or "text/html" not in request.headers.get("Accept", ""):
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page

    return middleware


def refuse_unstorable_text(get_response: Handler) -> Handler:
    """Answer 400 to NUL and broken characters in a path, query, cookie or form, before the session reads its cookie.

    PostgreSQL refuses them in every statement, so each lookup of a typed value would need a check of its own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not all(map(is_storable, _typed_in(request))):
            raise BadRequest("text with NUL or half a character")
        return get_response(request)

    return middleware


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"", "same-origin", "none"})  # old browsers and mail providers send no Sec-Fetch-Site


def refuse_foreign_forms(get_response: Handler) -> Handler:
    """Answer 403 to a form that a browser says another site sent, whatever token it carries."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE and request.headers.get("Sec-Fetch-Site", "") not in OURS:
            raise PermissionDenied("a form of another site")
        return get_response(request)

    return middleware


def _typed_in(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    yield from request.COOKIES.values()
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            yield name
            yield from values


def site_name(_: HttpRequest) -> dict[str, str]:
    return {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
