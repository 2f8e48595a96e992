"""Who may look: staff, and programs that hold the token. For everybody else these doors do not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from viral_engine.accounts.models import User

View = Callable[..., HttpResponse]
LOOPBACK = frozenset({"127.0.0.1", "::1"})


def staff_of(request: HttpRequest) -> User | None:
    user = request.user
    return user if user.is_authenticated and user.is_active and user.is_staff else None


def staff_only(view: View) -> View:
    """A view that gets the staff member as its second argument; strangers and learners get the 404 of any address."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = staff_of(request)
        if user is None:
            raise Http404
        return view(request, user, *args, **kwargs)

    return guarded


def is_trusted(request: HttpRequest) -> bool:
    """Who holds MONITORING_TOKEN, or is staff; with the database away the token alone counts."""
    if has_token(request):
        return True
    try:
        return settings.SESSION_COOKIE_NAME in request.COOKIES and staff_of(request) is not None
    except DatabaseError:
        return False


def has_token(request: HttpRequest) -> bool:
    wanted, sent = settings.MONITORING_TOKEN, request.headers.get("Authorization", "")
    return bool(wanted) and constant_time_compare(sent, f"Bearer {wanted}")


def is_this_machine(request: HttpRequest) -> bool:
    """In development alone: behind a proxy every visitor seems to come from this machine."""
    return not settings.PRODUCTION and request.META.get("REMOTE_ADDR") in LOOPBACK
