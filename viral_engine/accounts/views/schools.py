"""A parent's request about school records, which the school answers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import School, SchoolRequest
from viral_engine.accounts.queries import FamilyRow
from viral_engine.accounts.services import schools
from viral_engine.kernel.clock import now

WHAT = {
    SchoolRequest.Kind.EXPORT: "all data",
    SchoolRequest.Kind.CORRECT: "a correction",
    SchoolRequest.Kind.DELETE: "the deletion of the account",
}


def ask_school(request: HttpRequest, row: FamilyRow, school: School, kind: SchoolRequest.Kind) -> HttpResponse:
    """Explain on GET that the school decides; pass the request on by POST."""
    if request.method != "POST":
        return render(request, "accounts/ask_school.html", {"row": row, "school": school, "what": WHAT[kind]})
    schools.ask_school(school=school, pupil=row.child, by=require_user(request), kind=kind, at=now())
    messages.success(request, f"We have asked {school.name}. It answers within 45 days.")
    return redirect("accounts:child", row.child.pk)
