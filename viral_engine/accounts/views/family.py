"""Pages for parents: see, give and withdraw consents, and set a child's forgotten password."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from viral_engine.accounts.family_forms import ChildPasswordForm, LaterConsentForm
from viral_engine.accounts.identity import consenting_device, require_user
from viral_engine.accounts.queries import FamilyRow, family_of, family_row
from viral_engine.accounts.services import consent as accounts_consent
from viral_engine.accounts.services import passwords
from viral_engine.kernel.client_identity import hashed_ip
from viral_engine.kernel.clock import now, today


@login_required
@require_safe
def family(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/family.html", {"rows": family_of(require_user(request), today(now()))})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: HttpRequest, child_id: int) -> HttpResponse:
    """Give consent later. Asks for the parent's password, because the child may use the same computer."""
    parent, row = require_user(request), _row(request, child_id)
    if not row.is_minor or not row.open or not accounts_consent.may_consent(parent, now()):
        raise Http404
    form = LaterConsentForm(request.POST if request.method == "POST" else None, user=parent, kinds=row.open)
    device = consenting_device(request, row.child)
    refusal = accounts_consent.family_refusal(child=row.child, parent=parent, device=device)
    if request.method == "POST" and form.is_valid() and refusal:
        form.add_error(None, refusal)
    elif request.method == "POST" and form.is_valid():
        for kind in form.cleaned_data["kinds"]:
            accounts_consent.give_consent(
                parent=parent, child=row.child, kind=kind, method="password", ip_hash=hashed_ip(request), at=now()
            )
        messages.success(request, "Saved. Your consent is active now.")
        return redirect("accounts:family")
    return render(request, "accounts/family_agree.html", {"form": form, "row": row})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, child_id: int, kind: str) -> HttpResponse:
    """Explain on GET what will happen; withdraw on POST."""
    row = _row(request, child_id)
    text = next((text for consent, text in row.given if consent.kind == kind), None)
    if text is None:
        raise Http404
    if request.method == "POST":
        accounts_consent.withdraw_consent(parent=require_user(request), child=row.child, kind=kind, at=now())
        messages.success(request, "Done. Your consent is withdrawn.")
        return redirect("accounts:family")
    return render(request, "accounts/family_withdraw.html", {"row": row, "kind": kind, "text": text})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def child_password(request: HttpRequest, child_id: int) -> HttpResponse:
    parent, row = require_user(request), _row(request, child_id)
    if not row.is_minor or not row.lacks_email:
        raise Http404
    form = ChildPasswordForm(request.POST if request.method == "POST" else None, user=parent, child=row.child)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["new_password"]
        passwords.set_child_password(parent=parent, child=row.child, password=password, at=now())
        messages.success(request, f"{row.child.username} has a new password. Please tell your child.")
        return redirect("accounts:family")
    return render(request, "accounts/family_password.html", {"form": form, "row": row})


def _row(request: HttpRequest, child_id: int) -> FamilyRow:
    """The parent's child with this id; 404 for other children."""
    row = family_row(require_user(request), child_id, today(now()))
    if row is None:
        raise Http404
    return row
