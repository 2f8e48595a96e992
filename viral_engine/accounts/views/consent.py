"""A parent answers a child's request through the link in the e-mail."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from viral_engine.accounts.emails import read_consent_token
from viral_engine.accounts.family_forms import ConsentForm
from viral_engine.accounts.identity import consenting_device
from viral_engine.accounts.models import ConsentRequest, User
from viral_engine.accounts.services import consent, mailboxes, sessions
from viral_engine.accounts.services.consent import ConsentRefused
from viral_engine.kernel.client_identity import hashed_ip
from viral_engine.kernel.clock import now


@require_http_methods(["GET", "HEAD", "POST"])
def answer_consent(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form on GET and save on POST, so that a mail scanner cannot consent by following the link."""
    try:
        waiting = ConsentRequest.objects.open_at(now()).filter(pk=read_consent_token(token)).first()
    except signing.BadSignature:
        waiting = None
    if waiting is None:
        return render(request, "accounts/consent_closed.html", status=410)
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and request.user.is_authenticated and form.is_valid():
        _prove_mailbox(request, request.user, waiting)
        try:
            consent.answer_request(
                request=waiting,
                parent=request.user,
                kinds=form.cleaned_data["kinds"],
                ip_hash=hashed_ip(request),
                device=consenting_device(request, waiting.child),
                at=now(),
            )
            return redirect("accounts:family")
        except ConsentRefused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "child": waiting.child, "refusal": _refusal(request, waiting)}
    return render(request, "accounts/consent.html", context | {"is_unproven": context["refusal"] == consent.UNPROVEN})


def _refusal(request: HttpRequest, waiting: ConsentRequest) -> str:
    """Why the person who looks at the page may not answer; an account that this link will prove may."""
    if not request.user.is_authenticated:
        return ""
    person, device = request.user, consenting_device(request, waiting.child)
    refusal = consent.answer_refusal(request=waiting, parent=person, device=device, at=now())
    if refusal == consent.UNPROVEN and sessions.set_password_here(request.session, person):
        return consent.device_refusal(child=waiting.child, parent=person, device=device)
    return refusal


def _prove_mailbox(request: HttpRequest, parent: User, waiting: ConsentRequest) -> None:
    """Count the mailed link as the proof of a new account's mailbox, in the session that set its password.

    In any other session the password would end here, in the middle of the answer: the page asks for a code instead.
    """
    if parent.email != waiting.parent_email or mailboxes.has_proven_mailbox(parent):
        return
    if sessions.set_password_here(request.session, parent):
        address: EmailAddress = mailboxes.claim_mailbox(parent, waiting.parent_email)
        get_adapter(request).confirm_email(request, address)
