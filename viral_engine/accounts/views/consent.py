"""A parent answers a child's request through the link in the e-mail."""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from viral_engine.accounts.emails import read_consent_token
from viral_engine.accounts.family_forms import ConsentForm
from viral_engine.accounts.models import ConsentRequest
from viral_engine.accounts.services import consent
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
        try:
            consent.answer_request(
                request=waiting,
                parent=request.user,
                kinds=form.cleaned_data["kinds"],
                ip_hash=hashed_ip(request),
                at=now(),
            )
            return redirect("accounts:family")
        except ConsentRefused as refusal:
            form.add_error(None, str(refusal))
    may_answer = request.user.is_authenticated and consent.may_consent(request.user, now())
    return render(request, "accounts/consent.html", {"form": form, "child": waiting.child, "may_answer": may_answer})
