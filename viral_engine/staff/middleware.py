"""The end of staff sessions, and the door in front of staff pages."""

from collections.abc import Callable
from typing import cast

from asgiref.sync import sync_to_async
from django.contrib import auth, messages
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.kernel.htmx import is_htmx
from viral_engine.staff import pages, second_factor, sessions
from viral_engine.staff.networks import is_staff_network

Handler = Callable[[HttpRequest], HttpResponse]
ENDED = "staff_session_ended"  # in META of the request whose session was over


class StaffAuthentication(AuthenticationMiddleware):
    """Django's, but a session of staff that is over belongs to nobody from then on.

    The user is read when a view asks, as before: pages that need no user read no session.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = cast("User", SimpleLazyObject(lambda: _user_of(request)))
        request.auser = sync_to_async(lambda: _checked(request.user))


def _checked(user: User | AnonymousUser) -> User | AnonymousUser:
    """Read the user now, on the thread that may ask the database."""
    return user if user.is_authenticated else AnonymousUser()


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    user = auth.get_user(request)
    if not (isinstance(user, User) and user.is_staff):
        return user
    at = now()
    if sessions.is_over(request.session, at):
        request.session.flush()
        request.META[ENDED] = True
        return AnonymousUser()
    sessions.mark_seen(request.session, at)
    return user


def staff_door(get_response: Handler) -> Handler:
    """Answer 404 on staff pages to everybody else, and lead staff to what they must still prove."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if pages.is_internal_page(path) and not is_staff_network(request):
            raise Http404
        if pages.is_staff_page(path):
            return _lead(request) or get_response(request)
        if pages.is_second_factor_page(path) and not _may_manage_factors(request.user):
            raise Http404
        return get_response(request)

    return middleware


def _lead(request: HttpRequest) -> HttpResponse | None:
    """Where staff must go first; None when the page may open. Raises  Http404 for everybody else."""
    user = request.user
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        if request.META.get(ENDED):
            messages.info(request, "Your staff session has ended. Please log in again.")
            return _go(request, redirect_to_login(_back_to(request)).url)
        raise Http404
    if not sessions.lacks_second_factor(request.session, user):
        return None
    if second_factor.has_factor(user):
        return _go(request, f"{reverse('mfa_reauthenticate')}?{urlencode({'next': _back_to(request)})}")
    messages.info(request, "Staff pages need a second step at log-in. Set it up here; it takes a minute.")
    return _go(request, reverse("mfa_activate_totp"))


def _may_manage_factors(user: User | AnonymousUser) -> bool:
    """Staff, and who still has a factor from then. A child could lock itself out with one."""
    return isinstance(user, User) and (user.is_staff or second_factor.has_factor(user))


def _back_to(request: HttpRequest) -> str:
    """The page to return to: a form is not sent again."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("home")


def _go(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url)
