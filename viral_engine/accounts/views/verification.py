"""A parent proves to be the parent, so that the child may chat and be named: a signed form, or a payment."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from viral_engine.accounts.family_forms import SignedFormForm
from viral_engine.accounts.identity import consenting_device, login_required_at, require_user
from viral_engine.accounts.payments import PaymentCheck, PaymentUnavailable, payment_check
from viral_engine.accounts.queries import FamilyRow, family_row
from viral_engine.accounts.rules import CONSENT_TEXT_VERSION, CONSENT_TEXTS
from viral_engine.accounts.services import verification
from viral_engine.accounts.services.consent import ConsentRefused, family_refusal
from viral_engine.accounts.services.verification import FormRefused
from viral_engine.kernel.client_identity import hashed_ip
from viral_engine.kernel.clock import now, today
from viral_engine.kernel.limiter import allow

FORMS, FORMS_S = 10, 24 * 3600
NOT_REACHED = "We cannot reach the payment service right now. Try again later, or use the signed form."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, child_id: int) -> HttpResponse:
    """Explain what is asked and why; take the signed form on POST."""
    parent, row = require_user(request), _row(request, child_id)
    form = SignedFormForm(request.POST or None, request.FILES or None, user=parent)
    if request.method == "POST" and form.is_valid():
        refusal = _hand_in(request, row, form.cleaned_data["signed_form"].read())
        if not refusal:
            messages.success(request, "Thank you. We look at your form within a few days and write to you.")
            return redirect("accounts:family")
        form.add_error("signed_form", refusal)
    context = {"form": form, "row": row, "takes_payments": payment_check() is not None}
    return render(request, "accounts/family_verify.html", context)


def _hand_in(request: HttpRequest, row: FamilyRow, content: bytes) -> str:
    """Why the form was not taken; empty when it was."""
    parent = require_user(request)
    refusal = family_refusal(child=row.child, parent=parent, device=consenting_device(request, row.child))
    if not refusal and not allow("signed_form", str(parent.pk), limit=FORMS, window_s=FORMS_S):
        refusal = "You sent many forms today. Try again tomorrow."
    if refusal:
        return refusal
    try:
        verification.hand_in_form(parent=parent, child=row.child, content=content, ip_hash=hashed_ip(request), at=now())
    except (FormRefused, ConsentRefused) as error:
        return str(error)
    return ""


@login_required
@require_safe
def printable_form(request: HttpRequest, child_id: int) -> HttpResponse:
    """The page to print, sign and photograph; it carries the text and its version."""
    context = {
        "row": _row(request, child_id),
        "text": CONSENT_TEXTS[verification.KIND],
        "version": CONSENT_TEXT_VERSION,
        "day": today(now()),
    }
    return render(request, "accounts/family_form.html", context)


@login_required_at("accounts:verify", "child_id")
@require_POST
def pay(request: HttpRequest, child_id: int) -> HttpResponse:
    """Open a payment, and show the way to it: a form of this site may not lead to another one."""
    parent, row, provider = require_user(request), _row(request, child_id), _provider()
    refusal = family_refusal(child=row.child, parent=parent, device=consenting_device(request, row.child))
    if not refusal and not allow("payment", str(parent.pk), limit=verification.MAX_OPEN_PAYMENTS, window_s=FORMS_S):
        refusal = "You opened many payments today. Pay one of them, or try again tomorrow."
    if refusal:
        messages.error(request, refusal)
        return redirect("accounts:verify", child_id)
    back = settings.SITE_URL + reverse("accounts:paid", args=[child_id])
    try:
        url = verification.start_payment(
            parent=parent, child=row.child, provider=provider, return_url=back, ip_hash=hashed_ip(request), at=now()
        )
    except PaymentUnavailable:
        messages.error(request, NOT_REACHED)
        return redirect("accounts:verify", child_id)
    return render(request, "accounts/family_pay.html", {"row": row, "url": url})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def paid(request: HttpRequest, child_id: int) -> HttpResponse:
    """The provider sends the parent back here; a POST asks the provider whether the money arrived."""
    parent, row, provider = require_user(request), _row(request, child_id), _provider()
    if request.method == "POST":
        try:
            is_done = verification.finish_payment(parent=parent, child=row.child, provider=provider, at=now())
        except PaymentUnavailable:
            is_done = False
        except ConsentRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("accounts:family")
        if is_done:
            messages.success(request, "Saved. Your consent is active now.")
            return redirect("accounts:family")
        messages.error(request, "We do not see your payment yet. Try again in a minute.")
    return render(request, "accounts/family_paid.html", {"row": row})


def _provider() -> PaymentCheck:
    provider = payment_check()
    if provider is None:
        raise Http404
    return provider


def _row(request: HttpRequest, child_id: int) -> FamilyRow:
    """A child of this parent whom a stronger consent could publish; 404 for others."""
    row = family_row(require_user(request), child_id, today(now()))
    if row is None or not row.may_be_published:
        raise Http404
    return row
