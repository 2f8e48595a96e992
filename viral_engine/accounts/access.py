"""Views that only staff may open."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]


def staff_required(
    permission: str = "", *, is_secret: bool = False, refuses_members: bool = False
) -> Callable[[View], View]:
    """Let staff in who hold the permission; an empty permission means any staff.

    A stranger is sent to log in, a member gets 404, and staff without the permission get 403. `is_secret` answers 404
    to strangers too, so the page does not reveal that it exists. `refuses_members` answers 403 to members.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not user.is_authenticated and not is_secret:
                return redirect_to_login(request.get_full_path())
            if not (user.is_staff and user.is_active):
                if refuses_members:
                    raise PermissionDenied
                raise Http404
            if permission and not user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate
