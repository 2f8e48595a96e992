"""The page of one child: what a parent agreed to, what is shared, and what to do about it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from viral_engine.accounts.family_forms import BirthdateRequestForm, CorrectionForm
from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.accounts.models import SchoolRequest
from viral_engine.accounts.queries import ChildPage, FamilyRow, child_page
from viral_engine.accounts.services import corrections, preferences
from viral_engine.accounts.views.schools import unless_school_decides
from viral_engine.kernel.clock import now, today
from viral_engine.kernel.privacy.shared import take_back


@login_required
@require_safe
def child(request: HttpRequest, child_id: int) -> HttpResponse:
    return render(request, "accounts/child.html", _context(_page(request, child_id)))


@login_required_at("accounts:child", "child_id")
@require_POST
def take_shared_back(request: HttpRequest, child_id: int, kind: str, key: str) -> HttpResponse:
    """End one thing the child shared; pressing twice changes nothing."""
    page = _page(request, child_id)
    try:
        take_back(kind, key, user_id=page.row.child.pk, at=now())
    except (KeyError, ValueError):
        raise Http404 from None
    messages.success(request, "Done. Nobody can open it any more.")
    return redirect("accounts:child", child_id)


@login_required_at("accounts:child", "child_id")
@require_POST
def set_growth(request: HttpRequest, child_id: int) -> HttpResponse:
    page = _page(request, child_id)
    is_on = request.POST.get("is_on") == "1"
    if is_on and not page.may_grow:
        raise Http404
    preferences.set_child_growth(parent=require_user(request), child=page.row.child, is_on=is_on, at=now())
    messages.success(request, "Saved.")
    return redirect("accounts:child", child_id)


@login_required_at("accounts:child", "child_id")
@require_POST
@unless_school_decides(SchoolRequest.Kind.CORRECT)
def correct(request: HttpRequest, row: FamilyRow) -> HttpResponse:
    """Correct the name and the grade; the records of a school are the school's to correct."""
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        page = _page(request, row.child.pk)
        return render(request, "accounts/child.html", _context(page, correction=form), status=400)
    corrections.correct_child(parent=require_user(request), child=row.child, at=now(), **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("accounts:child", row.child.pk)


@login_required_at("accounts:child", "child_id")
@require_POST
@unless_school_decides(SchoolRequest.Kind.CORRECT)
def ask_for_birthdate(request: HttpRequest, row: FamilyRow) -> HttpResponse:
    form = BirthdateRequestForm(request.POST, today=today(now()))
    if not form.is_valid():
        page = _page(request, row.child.pk)
        return render(request, "accounts/child.html", _context(page, birthdate=form), status=400)
    corrections.ask_for_birthdate(
        parent=require_user(request), child=row.child, birthdate=form.cleaned_data["birthdate"], at=now()
    )
    messages.success(request, "Thank you. We look at it within a few days.")
    return redirect("accounts:child", row.child.pk)


def _page(request: HttpRequest, child_id: int) -> ChildPage:
    """The page of the parent's child; 404 for other children and for an adult, who decides alone."""
    page = child_page(require_user(request), child_id, now())
    if page is None or not page.row.is_minor:
        raise Http404
    return page


def _context(
    page: ChildPage, *, correction: CorrectionForm | None = None, birthdate: BirthdateRequestForm | None = None
) -> dict[str, object]:
    known = {"first_name": page.row.child.first_name, "grade": page.row.child.grade}
    return {
        "page": page,
        "row": page.row,
        "correction": correction or CorrectionForm(initial=known),
        "birthdate": birthdate or BirthdateRequestForm(today=today(now())),
    }
