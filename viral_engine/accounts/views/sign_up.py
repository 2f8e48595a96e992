"""Sign-up in two steps: first the birthday, then the form for that age."""

from datetime import date

from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods

from viral_engine.accounts.forms import AdultForm, BirthdateForm, ChildForm, LearnerForm, SignUpForm
from viral_engine.accounts.identity import (
    AgeAnswer,
    age_answer_of,
    device_of,
    guest_of,
    remember_age,
    remember_device,
)
from viral_engine.accounts.models import Role, User
from viral_engine.accounts.rules import age_on, is_minor, needs_consent, roles_open_to
from viral_engine.accounts.services import sessions, sign_up
from viral_engine.accounts.services.sign_up import SignUpDetails, SignUpRefused
from viral_engine.kernel import clock
from viral_engine.kernel.client_identity import hashed_ip
from viral_engine.kernel.limiter import limited


@require_http_methods(["GET", "HEAD", "POST"])
def birthdate(request: HttpRequest) -> HttpResponse:
    """Ask for the birthday once; a person who comes back keeps their first answer.

    After a sign-up the next person at the device is asked, but an older branch than before is not opened to them:
    otherwise a child signs up, logs out, and is its own parent.
    """
    if request.user.is_authenticated:
        return redirect("home")
    before = age_answer_of(request)
    if before is not None and not before.is_used:
        return redirect(_with_next(request, "accounts:sign_up_details"))
    form = BirthdateForm(request.POST if request.method == "POST" else None, today=clock.today(clock.now()))
    if request.method == "POST" and form.is_valid():
        response = redirect(_with_next(request, "accounts:sign_up_details"))
        remember_age(response, AgeAnswer(_allowed(form.cleaned_data["birthdate"], before), is_used=False))
        return response
    return render(request, "accounts/sign_up_birthdate.html", {"form": form, "next": _safe_next(request)})


def _allowed(born: date, before: AgeAnswer | None) -> date:
    """The new answer, or the one before it where that belongs to a younger branch."""
    if before is None:
        return born
    today = clock.today(clock.now())
    is_older = _branch(age_on(born, today)) > _branch(age_on(before.born, today))
    return before.born if is_older else born


def _branch(age: int) -> int:
    return 0 if needs_consent(age) else 1 if is_minor(age) else 2


@limited("sign_up", limit=200, window_s=3600)  # a school shares one address
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    born = remembered_birthdate(request)
    if request.user.is_authenticated or born is None:
        return redirect("home" if request.user.is_authenticated else _with_next(request, "accounts:sign_up"))
    age = age_on(born, clock.today(clock.now()))
    roles = roles_open_to(age)
    role = request.GET.get("role", roles[0])
    role = role if role in roles else roles[0]
    form = _form_class(role, age)(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _welcome(request, form, role, born)
        except SignUpRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    elif request.method == "POST":
        _add_taken_name(form)
    tabs = [(value, Role(value).label) for value in roles] if len(roles) > 1 else []
    context = {"form": form, "role": role, "tabs": tabs, "next": _safe_next(request), "born": born}
    context["guest"] = guest_of(request)
    return render(request, "accounts/sign_up_details.html", context)


def _add_taken_name(form: SignUpForm) -> None:
    """Report a taken username beside the form's other errors, not only after those are corrected."""
    username = form.cleaned_data.get("username")
    if username and User.objects.named(username).exists():
        form.add_error("username", sign_up.NAME_TAKEN)


def _form_class(role: str, age: int) -> type[SignUpForm]:
    if role != Role.STUDENT:
        return AdultForm
    return ChildForm if needs_consent(age) else LearnerForm


def _welcome(request: HttpRequest, form: SignUpForm, role: str, born: date) -> HttpResponse:
    device, device_hash = device_of(request)
    with transaction.atomic():  # the account and its mail, or neither
        user = sign_up.sign_up(
            person=SignUpDetails(role=role, birthdate=born, **form.cleaned_data),
            guest=guest_of(request),
            device=device_hash,
            ip_hash=hashed_ip(request),
            at=clock.now(),
        )
        _verify_mailbox(request, user)
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    sessions.remember_own_password(request.session, user)
    response = redirect(_safe_next(request) or "home")
    remember_age(response, AgeAnswer(born, is_used=True))  # the next person at this device is asked, too
    remember_device(response, device)
    return response


def _verify_mailbox(request: HttpRequest, user: User) -> None:
    """Ask the mailbox to confirm the account, or inform it of the try where it has one; the page is the same."""
    address = EmailAddress.objects.filter(user=user).first()
    if address is not None:
        send_verification_email_to_address(request, address)


def remembered_birthdate(request: HttpRequest) -> date | None:
    """The birthday given at the age gate and not used for an account yet."""
    answer = age_answer_of(request)
    return None if answer is None or answer.is_used else answer.born


def _safe_next(request: HttpRequest) -> str:
    """The page to go to afterwards, if it belongs to this site."""
    target = request.POST.get("next") or request.GET.get("next", "")
    hosts = {request.get_host()}
    return target if url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure()) else ""


def _with_next(request: HttpRequest, name: str) -> str:
    """The URL of the next step, with the target page and the chosen kind of account."""
    kept = {"role": request.GET.get("role", ""), "next": _safe_next(request)}
    query = urlencode({key: value for key, value in kept.items() if value})
    return reverse(name) + (f"?{query}" if query else "")
