"""Delete an account for good: one's own, or a child's by the parent."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from viral_engine.accounts.family_forms import OwnPasswordForm
from viral_engine.accounts.identity import forget_browser, require_user
from viral_engine.accounts.models import SchoolRequest
from viral_engine.accounts.queries import FamilyRow, family_of
from viral_engine.accounts.services import erasure
from viral_engine.accounts.views.schools import unless_school_decides
from viral_engine.kernel.clock import now, today


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    """Delete the user's own account. Only other staff delete staff, so that the last one cannot lock everyone out."""
    user = require_user(request)
    form = OwnPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and not user.is_staff and form.is_valid():
        erasure.erase_account(user=user, by=user, at=now())
        logout(request)
        messages.success(request, "Your account is deleted. Nothing here names you any more.")
        response = redirect("home")
        forget_browser(response)
        return response
    children = family_of(user, today(now()))
    return render(request, "accounts/delete_account.html", {"form": form, "children": children})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@unless_school_decides(SchoolRequest.Kind.DELETE)
def delete_child(request: HttpRequest, row: FamilyRow) -> HttpResponse:
    parent = require_user(request)
    form = OwnPasswordForm(request.POST if request.method == "POST" else None, user=parent)
    if request.method == "POST" and form.is_valid():
        erasure.erase_child(parent=parent, child=row.child, at=now())
        messages.success(request, f"The account of {row.child.username} is deleted.")
        return redirect("accounts:family")
    return render(request, "accounts/delete_child.html", {"form": form, "row": row})
