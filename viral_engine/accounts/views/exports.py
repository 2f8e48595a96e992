"""Doors of the export: one's own data, and a child's for the parent. Each asks for the password once more."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from viral_engine.accounts.family_forms import ExportForm
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import SchoolRequest, User
from viral_engine.accounts.queries import FamilyRow
from viral_engine.accounts.services.exports import html_parts, json_parts
from viral_engine.accounts.views.schools import unless_school_decides
from viral_engine.kernel.clock import now, today
from viral_engine.kernel.limiter import allow
from viral_engine.kernel.streaming import stream

EXPORTS_A_DAY = 5
DAY_S = 24 * 3600
Parts = Callable[..., Iterator[str]]
FORMATS: dict[str, tuple[Parts, str]] = {
    "json": (json_parts, "application/json"),
    "html": (html_parts, "text/html; charset=utf-8"),
}


def as_download(person: User, kind: str, at: datetime) -> StreamingHttpResponse:
    """The person's export; JSON as a file, HTML as a page."""
    parts, content_type = FORMATS[kind]
    response = StreamingHttpResponse(stream(parts(person, at=at)), content_type=content_type)
    if kind == "json":
        response["Content-Disposition"] = f'attachment; filename="my-data-{today(at)}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export_own(request: HttpRequest) -> HttpResponseBase:
    user = require_user(request)
    return _export(request, user, by=user, template="accounts/export_own.html", context={})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@unless_school_decides(SchoolRequest.Kind.EXPORT)
def export_child(request: HttpRequest, row: FamilyRow) -> HttpResponseBase:
    """Export a child's data for the parent; a school's records are the school's to show."""
    by = require_user(request)
    return _export(request, row.child, by=by, template="accounts/export_child.html", context={"row": row})


def _export(
    request: HttpRequest, person: User, *, by: User, template: str, context: dict[str, object]
) -> HttpResponseBase:
    form = ExportForm(request.POST if request.method == "POST" else None, user=by)
    if request.method == "POST" and form.is_valid():
        if not allow("export", f"{by.pk}:{person.pk}", limit=EXPORTS_A_DAY, window_s=DAY_S):
            return render(request, "429.html", status=429)
        return as_download(person, form.cleaned_data["kind"], now())
    return render(request, template, context | {"form": form})
