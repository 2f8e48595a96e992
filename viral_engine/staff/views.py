from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.staff import sessions
from viral_engine.staff.access import require_fresh_proof, staff_required
from viral_engine.staff.admin_site import GuardedAdminSite
from viral_engine.staff.forms import ReasonForm
from viral_engine.staff.people import children_in_rows, children_on_page


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def ask_reason(request: HttpRequest) -> HttpResponse:
    """Ask why staff open the page `next`, or act on the chosen `rows` of its list, once for each child in a session.

    The children are read from the page's address, or from the rows in the session, never from the form. An action is
    chosen again afterwards.
    """
    require_fresh_proof(request)
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith(reverse("admin:index")):
        raise Http404
    rows = sessions.rows_of(request.session) if "rows" in request.GET else []
    children = _children_at(back, rows)
    if not children:
        return HttpResponseRedirect(back)
    form = ReasonForm(request.POST if request.method == "POST" else None, people=children)
    if form.is_valid():
        sessions.keep_reason(request.session, [child.pk for child in children], form.cleaned_data["reason"])
        if rows:
            messages.info(request, "Thank you. Now choose the rows and the action again.")
        return HttpResponseRedirect(back)
    return render(request, "staff/reason.html", {"form": form, "count": len(children), "is_action": bool(rows)})


def _children_at(address: str, rows: list[str]) -> list[User]:
    site = admin.site
    shown = site.shown_at(address.partition("?")[0]) if isinstance(site, GuardedAdminSite) else None
    if shown is None:
        return []
    options, object_id = shown
    return children_on_page(options, object_id, now()) if object_id else children_in_rows(options.model, rows, now())
