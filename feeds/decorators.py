"""A decorator for pages that show other learners."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from viral_engine.accounts.identity import require_user
from viral_engine.accounts.queries import room_refusal
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.clock import now

View = Callable[..., HttpResponse]


def room_access_required(view: View) -> View:
    """Pass the viewer's profile to the view; without access, show a page that explains why."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = require_user(request)
        viewer = viewer_profile_of(user)
        if not viewer.may_enter:
            headline, text = room_refusal(user, now())
            return render(request, "feeds/waiting.html", {"headline": headline, "text": text}, status=403)
        return view(request, viewer, *args, **kwargs)

    return guarded
