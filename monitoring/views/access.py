"""Access for programs: a token, staff, or in development this machine."""

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from viral_engine.accounts.models import User
from viral_engine.staff.networks import is_staff_network
from viral_engine.staff.sessions import lacks_second_factor

LOOPBACK = frozenset({"127.0.0.1", "::1"})


def is_trusted(request: HttpRequest) -> bool:
    """True for a request with MONITORING_TOKEN or by staff, from a network where staff pages exist.

    While the database is down only the token counts.
    """
    if not is_staff_network(request):
        return False
    if has_token(request):
        return True
    try:
        user = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        if not (isinstance(user, User) and user.is_active and user.is_staff):
            return False
        return not lacks_second_factor(request.session, user)
    except AnyDatabaseError:
        return False


def has_token(request: HttpRequest) -> bool:
    wanted, sent = settings.MONITORING_TOKEN, request.headers.get("Authorization", "")
    return bool(wanted) and constant_time_compare(sent, f"Bearer {wanted}")


def is_this_machine(request: HttpRequest) -> bool:
    """True only in development: behind a proxy every visitor seems to come from this machine."""
    return not settings.PRODUCTION and request.META.get("REMOTE_ADDR") in LOOPBACK
