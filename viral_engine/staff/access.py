"""Views that only staff may open."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]


def staff_required(permission: str = "", *, is_export: bool = False) -> Callable[[View], View]:
    """Let staff in who hold the permission; an empty permission means any staff.

    Everybody else gets 404, and staff without the permission get 403. An export asks for the password or a code again,
    unless one was given in the last 15 minutes.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not (user.is_authenticated and user.is_staff and user.is_active):
                raise Http404
            if permission and not user.has_perm(permission):
                raise PermissionDenied
            if is_export:
                require_fresh_proof(request)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def require_fresh_proof(request: HttpRequest) -> None:
    """Go on only with a password or code of the last 15 minutes (ACCOUNT_REAUTHENTICATION_TIMEOUT).

    Raises  ReauthenticationRequired, which allauth's middleware turns into a redirect.
    """
    if is_reauthentication_required(request, app=""):
        raise ReauthenticationRequired
