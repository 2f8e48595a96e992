"""A parent's request about school records, which the school answers."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import School, SchoolRequest
from viral_engine.accounts.queries import FamilyRow, family_row
from viral_engine.accounts.services import schools
from viral_engine.kernel.clock import now, today

WHAT = {
    SchoolRequest.Kind.EXPORT: "all data",
    SchoolRequest.Kind.CORRECT: "a correction",
    SchoolRequest.Kind.DELETE: "the deletion of the account",
}


ResponseT = TypeVar("ResponseT", bound=HttpResponseBase)
ChildView = Callable[[HttpRequest, FamilyRow], ResponseT]
RoutedView = Callable[[HttpRequest, int], ResponseT | HttpResponse]


def unless_school_decides(kind: SchoolRequest.Kind) -> Callable[[ChildView[ResponseT]], RoutedView[ResponseT]]:
    """Decorate a view of a parent's minor child; where a school keeps the child's records, it is asked instead.

    404 for other children, and for an adult, who decides alone.
    """

    def decorate(view: ChildView[ResponseT]) -> RoutedView[ResponseT]:
        @wraps(view)
        def guarded(request: HttpRequest, child_id: int) -> ResponseT | HttpResponse:
            row = family_row(require_user(request), child_id, today(now()))
            if row is None or not row.is_minor:
                raise Http404
            school = schools.school_of(child_id)
            return view(request, row) if school is None else _ask(request, row, school, kind)

        return guarded

    return decorate


def _ask(request: HttpRequest, row: FamilyRow, school: School, kind: SchoolRequest.Kind) -> HttpResponse:
    """Explain on GET that the school decides; pass the request on by POST."""
    if request.method != "POST":
        return render(request, "accounts/ask_school.html", {"row": row, "school": school, "what": WHAT[kind]})
    schools.ask_school(school=school, pupil=row.child, by=require_user(request), kind=kind, at=now())
    messages.success(request, f"We have asked {school.name}. It answers within 45 days.")
    return redirect("accounts:child", row.child.pk)
