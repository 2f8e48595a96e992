"""The guard of pages that show children to staff: a fresh proof, a reason, and a row in the audit chain."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.staff import sessions
from viral_engine.staff.access import require_fresh_proof
from viral_engine.staff.people import children_in_rows, children_on_page, people_paths
from viral_engine.staff.services.audit import record_looks

LIST_REASON = "Looked through a list"
MAX_WHAT = 200
MAX_ACROSS = 1_000  # rows of one action; each child among them gets an entry of its own


def guard(request: HttpRequest, options: "ModelAdmin[Any]", object_id: str) -> HttpResponse | None:
    """Write the look down before the page is drawn; a redirect where staff must first say why.

    A list that names people leaves one entry in each session, and one for each search. An action on rows of a list is a
    look at their children.

    Cost  nothing for a model without people; 6 statements for a row, one more for each kind of inline rows.
    """
    if request.method == "POST" and not object_id:
        return _guard_action(request, options)
    if not object_id:
        _record_list(request, options.model)
        return None
    return guard_children(request, children_on_page(options, object_id, now()))


def _guard_action(request: HttpRequest, options: "ModelAdmin[Any]") -> HttpResponse | None:
    """`guard` for an action on chosen rows, or on all rows of the list across its pages."""
    model: type[Model] = options.model
    if not people_paths(model):
        return None
    if request.POST.get("select_across", "0") != "0":
        rows = _rows_across(request, options)
        if len(rows) > MAX_ACROSS:
            messages.error(request, f"That is more than {MAX_ACROSS:,} rows. Filter the list first.")
            return HttpResponseRedirect(request.get_full_path())
        _choose(request, rows)
    rows = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return guard_children(request, children_in_rows(model, rows, now()), rows)


def _rows_across(request: HttpRequest, options: "ModelAdmin[Any]") -> list[str]:
    """Ids of the rows that the list shows on all its pages, under its filters; at most one more than allowed."""
    listed = options.get_changelist_instance(request).get_queryset(request)
    return [str(pk) for pk in listed.values_list("pk", flat=True)[: MAX_ACROSS + 1]]


def _choose(request: HttpRequest, rows: list[str]) -> None:
    """Let the action take exactly these rows: nobody looked at a child's row that enters the list meanwhile."""
    chosen = request.POST.copy()
    chosen["select_across"] = "0"
    chosen.setlist(ACTION_CHECKBOX_NAME, rows)
    writable: Any = request  # types know POST as read-only
    writable.POST = chosen


def guard_children(request: HttpRequest, children: list[User], rows: Collection[str] = ()) -> HttpResponse | None:
    """`guard` for a page that shows these children, or for an action on these rows of a list.

    Raises  ReauthenticationRequired without a password or code of the last 15 minutes.
    """
    if not children:
        return None
    require_fresh_proof(request)
    reasons = sessions.reasons_of(request.session)
    if any(str(child.pk) not in reasons for child in children):
        asked = {"next": request.get_full_path() if rows or request.method == "GET" else request.path}
        if rows:
            sessions.keep_rows(request.session, rows)
            asked["rows"] = "chosen"
        return HttpResponseRedirect(f"{reverse('staff:reason')}?{urlencode(asked)}")
    _record(request, [(child.pk, reasons[str(child.pk)]) for child in children])
    return None


def _record_list(request: HttpRequest, model: type[Model]) -> None:
    is_search = bool(request.GET.get("q") or request.GET.get("term"))
    if people_paths(model) and (sessions.is_new_list(request.session, request.path) or is_search):
        _record(request, [(None, LIST_REASON)])


def _record(request: HttpRequest, reasons: list[tuple[int | None, str]]) -> None:
    names = ",".join(sorted(request.GET))  # what was typed may be a name, and the chain forgets nothing
    what = f"{request.method} {request.path}" + (f"?{names}" if names else "")
    record_looks(actor_id=require_user(request).pk, reasons=reasons, what=what[:MAX_WHAT], at=now())
