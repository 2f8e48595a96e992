from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from viral_engine.api.problems import not_found
from viral_engine.api.site import api


def heads_as_gets(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer a HEAD as its GET, which Ninja does not; the server leaves the body out."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        is_head = request.method == "HEAD"
        request.method = "GET" if is_head else request.method
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = "HEAD" if is_head else request.method

    return answered


routes, kind, name = api.urls
for route in routes:
    if isinstance(route, URLPattern):
        route.callback = heads_as_gets(route.callback)
urlpatterns = [
    path("api/v1/", (routes, kind, name)),
    re_path(r"^api/v1/.*$", csrf_exempt(not_found), name="api_not_found"),
]
