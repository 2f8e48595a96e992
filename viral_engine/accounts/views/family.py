"""The parent's side: answer a child's request, look at consents, withdraw them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from viral_engine.accounts import services
from viral_engine.accounts.forms import ConsentForm
from viral_engine.accounts.mails import read_consent_token
from viral_engine.accounts.models import Consent, ConsentRequest, User
from viral_engine.accounts.services import ConsentRefused
from viral_engine.accounts.visitors import signed_in
from viral_engine.kernel.clock import now
from viral_engine.kernel.origin import hashed_ip


@require_http_methods(["GET", "POST"])
def answer_consent(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows: a mail scanner that follows the link consents to nothing."""
    try:
        waiting = ConsentRequest.objects.open_at(now()).filter(pk=read_consent_token(token)).first()
    except signing.BadSignature:
        waiting = None
    if waiting is None:
        return render(request, "accounts/consent_gone.html", status=410)
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and request.user.is_authenticated and form.is_valid():
        try:
            services.answer_request(
                request=waiting,
                parent=request.user,
                kinds=form.cleaned_data["kinds"],
                ip_hash=hashed_ip(request),
                at=now(),
            )
            return redirect("accounts:family")
        except ConsentRefused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "accounts/consent.html", {"form": form, "child": waiting.child})


@login_required
@require_GET
def family(request: HttpRequest) -> HttpResponse:
    children = User.objects.filter(guardians__parent=signed_in(request)).order_by("username")
    in_force = Consent.objects.in_force().filter(child__in=children).order_by("given_at")
    by_child = {child.pk: [consent for consent in in_force if consent.child_id == child.pk] for child in children}
    rows = [(child, by_child[child.pk]) for child in children]
    return render(request, "accounts/family.html", {"rows": rows})


@login_required
@require_POST
def withdraw(request: HttpRequest, child_id: int, kind: str) -> HttpResponse:
    parent = signed_in(request)
    child = get_object_or_404(User, pk=child_id, guardians__parent=parent)
    if kind not in Consent.Kind.values:
        raise Http404
    services.withdraw_consent(parent=parent, child=child, kind=kind, at=now())
    messages.success(request, "Withdrawn. It holds from this moment.")
    return redirect("accounts:family")
