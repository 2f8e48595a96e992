"""Who comes in: learners with a card that lets them into rooms."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from feeds.queries import viewer_of
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.viewer_profiles import ViewerProfile

View = Callable[..., HttpResponse]


def room_access_required(view: View) -> View:
    """The view gets the viewer's card; a child whose parent has not said yes gets a page that tells so."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        viewer: ViewerProfile = viewer_of(require_user(request))
        if not viewer.may_enter:
            return render(request, "feeds/waiting.html", {"is_child": viewer.is_child}, status=403)
        return view(request, viewer, *args, **kwargs)

    return guarded
