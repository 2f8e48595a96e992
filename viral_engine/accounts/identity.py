"""The person behind a request: a user, a guest known by a signed cookie, or an unknown visitor."""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services.consent import CHILD_WAS_HERE, consent_state_of
from viral_engine.accounts.services.guests import create_guest
from viral_engine.kernel.client_identity import hashed_ip, keyed_hash
from viral_engine.kernel.clock import now

GUEST_COOKIE, DEVICE_COOKIE, LOG_INS_COOKIE, AGE_COOKIE = "guest", "device", "log_ins", "birthdate"
GUEST_MAX_AGE_S = 30 * 24 * 3600
DEVICE_MAX_AGE_S = 365 * 24 * 3600
AGE_MAX_AGE_S = 7 * 24 * 3600  # as long as a parent may answer a child's request
MAX_LOG_INS = 20  # accounts that a browser is remembered for


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user or a guest; both are None before a first attempt."""

    user: User | None
    guest: Guest | None

    @property
    def person_id(self) -> uuid.UUID | None:
        """An id that stays the same through sign-up."""
        if self.user is not None:
            return self.user.person_id
        return self.guest.pk if self.guest is not None else None


def require_user(request: HttpRequest) -> User:
    """The signed-in user of a view behind `login_required`, typed as User.

    Raises  PermissionDenied when nobody is signed in because the view lacks the decorator.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def live_access(request: HttpRequest) -> dict[str, Any]:
    """For templates: whether the page may ask for sockets and live pages, which refuse other people.

    Cost  1 query for a child under 13 where a page asks, none for others.
    """
    return {"may_go_live": SimpleLazyObject(lambda: _may_go_live(request))}


def _may_go_live(request: HttpRequest) -> bool:
    if not hasattr(request, "user"):  # it was refused before its session was read
        return False
    user = request.user
    if not user.is_authenticated or user.blocked_at is not None:
        return False
    return not consent_state_of(user, now()).practices_alone


View = Callable[..., HttpResponse]


def login_required_at(back_to: str, *kept: str) -> Callable[[View], View]:
    """Send visitors of a POST-only view to log in, and from there to the page `back_to`.

    `login_required` would redirect to the view's own URL, which answers GET with 405. `kept` names the URL arguments
    that the page shares with the view.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            return redirect_to_login(reverse(back_to, kwargs={name: kwargs[name] for name in kept}))

        return guarded

    return decorate


def staff_among(user_ids: Collection[int]) -> dict[int, User]:
    """The active staff among these ids; 1 query."""
    return User.objects.filter(is_staff=True, is_active=True).only("pk").in_bulk(user_ids)


def visitor_of(request: HttpRequest) -> Visitor:
    """The user or guest of a request. Cost  1 query for a guest, none for others (the session's user is loaded)."""
    user = request.user if request.user.is_authenticated else None
    return Visitor(user, None if user is not None else guest_of(request))


def guest_of(request: HttpRequest) -> Guest | None:
    """The guest of this browser, also while a user is signed in; None for a forged or foreign cookie.

    None too for a guest who signed up or logged in: that person is a user now, and after they log out the next one at
    this computer starts as a stranger.
    """
    text = _read(request.COOKIES, GUEST_COOKIE, GUEST_MAX_AGE_S)
    return Guest.objects.filter(pk=text, user=None).first() if text else None


@dataclass(frozen=True, slots=True)
class AttemptOwner:
    """The person who answers questions, signed in or not, and the id of their browser."""

    owner: User | Guest
    device: str

    def remember(self, response: HttpResponse) -> HttpResponse:
        """Set the guest's cookies on the response, and return it."""
        if isinstance(self.owner, Guest):
            remember_guest(response, self.owner)
            remember_device(response, self.device)
        return response


def participant_of(request: HttpRequest, *, link_code: str, at: datetime) -> AttemptOwner:
    """The person behind a request, a new guest if need be.

    Cost  1 query for a guest, 3 statements for a new one.
    """
    visitor = visitor_of(request)
    device, device_hash = device_of(request)
    owner = visitor.user or visitor.guest
    if owner is None:
        owner = create_guest(
            device=device_hash, ip_hash=hashed_ip(request), link_code=link_code, form_id=_form_id(request), at=at
        )
    return AttemptOwner(owner, device)


def _form_id(request: HttpRequest) -> uuid.UUID | None:
    """An id that two presses of one form share; None where no form was shown.

    Before our cookies are set, the CSRF secret is all that tells one browser from another. It changes at each log-in.
    """
    secret = request.META.get("CSRF_COOKIE", "")
    return uuid.UUID(hex=keyed_hash("guest", secret)) if secret else None


def remember_guest(response: HttpResponse, guest: Guest) -> None:
    _write(response, GUEST_COOKIE, str(guest.pk), GUEST_MAX_AGE_S)


def device_of(request: HttpRequest) -> tuple[str, str]:
    """This browser's random id and its hash; only the hash is stored.

    A first-party random id, not a fingerprint: it serves to detect one person with two accounts.
    """
    device = _read(request.COOKIES, DEVICE_COOKIE, DEVICE_MAX_AGE_S) or uuid.uuid4().hex
    return device, keyed_hash("device", device)


def consenting_device(request: HttpRequest, child: User) -> str:
    """The hash of the device from which a parent consents; CHILD_WAS_HERE where the child has logged in before."""
    return CHILD_WAS_HERE if has_logged_in_here(request, child.pk) else device_of(request)[1]


def remember_device(response: HttpResponse, device: str) -> None:
    _write(response, DEVICE_COOKIE, device, DEVICE_MAX_AGE_S)


@dataclass(frozen=True, slots=True)
class AgeAnswer:
    """The youngest birthdate that this browser gave at the age gate; `is_used` once an account was made with it."""

    born: date
    is_used: bool


def age_answer_of(request: HttpRequest) -> AgeAnswer | None:
    text, _, used = _read(request.COOKIES, AGE_COOKIE, AGE_MAX_AGE_S).partition(" ")
    return AgeAnswer(date.fromisoformat(text), bool(used)) if text else None


def remember_age(response: HttpResponse, answer: AgeAnswer) -> None:
    _write(response, AGE_COOKIE, answer.born.isoformat() + (" used" if answer.is_used else ""), AGE_MAX_AGE_S)


def has_logged_in_here(request: HttpRequest, user_id: int) -> bool:
    """Whether this browser has logged in to the account before; False without the device cookie it had then."""
    device = _read(request.COOKIES, DEVICE_COOKIE, DEVICE_MAX_AGE_S)
    marks = _read(request.COOKIES, LOG_INS_COOKIE, DEVICE_MAX_AGE_S).split()
    return bool(device) and _log_in_mark(device, user_id) in marks


def remember_log_in(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """Remember that this browser logged in to the account; the cookie names nobody."""
    device = _device_after(request, response)
    marks = _read(request.COOKIES, LOG_INS_COOKIE, DEVICE_MAX_AGE_S).split()
    mark = _log_in_mark(device, user_id)
    _write(
        response,
        LOG_INS_COOKIE,
        " ".join([mark, *(one for one in marks if one != mark)][:MAX_LOG_INS]),
        DEVICE_MAX_AGE_S,
    )
    if DEVICE_COOKIE not in response.cookies:
        remember_device(response, device)


def _device_after(request: HttpRequest, response: HttpResponse) -> str:
    """The device's id that the browser has once it has the response: a sign-up gives a new browser one."""
    given = {name: morsel.value for name, morsel in response.cookies.items()}
    return _read(given, DEVICE_COOKIE, DEVICE_MAX_AGE_S) or device_of(request)[0]


def _log_in_mark(device: str, user_id: int) -> str:
    """Worth nothing beside another device cookie, or each new one would buy new tries at the password."""
    return keyed_hash("log_in", f"{device}:{user_id}")[:12]


def forget_guest(response: HttpResponse) -> None:
    """Delete the guest cookie of this browser."""
    response.delete_cookie(GUEST_COOKIE, samesite="Lax")


def forget_browser(response: HttpResponse) -> None:
    """Delete the guest, device and log-in cookies of this browser. The age gate's answer stays, as after a log-out."""
    for name in (GUEST_COOKIE, DEVICE_COOKIE, LOG_INS_COOKIE):
        response.delete_cookie(name, samesite="Lax")


def _read(cookies: Mapping[str, str], name: str, max_age_s: int) -> str:
    try:
        return str(signing.loads(cookies.get(name, ""), salt=f"cookie.{name}", max_age=max_age_s))
    except signing.BadSignature:
        return ""


def _write(response: HttpResponse, name: str, value: str, max_age_s: int) -> None:
    response.set_cookie(
        name,
        signing.dumps(value, salt=f"cookie.{name}"),
        max_age=max_age_s,
        httponly=True,
        samesite="Lax",
        secure=settings.PRODUCTION,
    )
