from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from viral_engine.accounts.identity import guest_of, login_required_at, require_user
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.safety.forms import AppealForm, ReportForm
from viral_engine.safety.models import ReviewItem
from viral_engine.safety.queries import decisions_about
from viral_engine.safety.services import reports, reviews
from viral_engine.safety.services.kinds import Reporter, kind_of


@limited("report", limit=60, window_s=60)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, kind: str, ref: str) -> HttpResponse:
    """Ask what is wrong with something another person shared, and send the report."""
    reporter, key = _reporter_of(request), _key_of(kind, ref)
    form, back = ReportForm(request.POST or None), _back_from(request)
    if request.method == "POST" and form.is_valid():
        try:
            reports.report(reporter=reporter, kind=kind, object_key=key, reason=form.cleaned_data["reason"], at=now())
        except reports.NotReportable as missing:
            raise Http404(str(missing)) from missing
        except reports.ReportRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(back)
        messages.success(request, "Thank you. Our team will look at it. We don't tell anybody that it was you.")
        return redirect(back)
    if not reports.is_reportable(reporter=reporter, kind=kind, object_key=key):
        raise Http404
    return render(request, "safety/report.html", {"form": form, "back": back})


def _reporter_of(request: HttpRequest) -> Reporter:
    if request.user.is_authenticated:
        return Reporter(require_user(request))
    guest = guest_of(request)
    if guest is None:
        raise Http404
    return Reporter(None, str(guest.pk))


def _key_of(kind: str, ref: str) -> str:
    known = kind_of(kind)
    key = known.key_for(ref) if known is not None else ""
    if not key:
        raise Http404
    return key


def _back_from(request: HttpRequest) -> str:
    back = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if is_ours else reverse("home")


@login_required
@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    context = {"decisions": decisions_about(require_user(request)), "form": AppealForm()}
    return render(request, "safety/decisions.html", context)


@login_required_at("safety:decisions")
@require_POST
def appeal(request: HttpRequest, item_id: int) -> HttpResponse:
    """Ask staff to look at a decision again."""
    person, form = require_user(request), AppealForm(request.POST)
    item = get_object_or_404(ReviewItem, pk=item_id, subject=person)
    if not form.is_valid():
        messages.error(request, "Write a sentence or two, so that we know what to look at.")
        return redirect("safety:decisions")
    try:
        reviews.appeal(item=item, person=person, text=form.cleaned_data["text"], at=now())
    except reviews.ReviewRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Thank you. Another look is on its way, and our answer will be here.")
    return redirect("safety:decisions")
