from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from monitoring import fragments
from monitoring.alerts import services
from monitoring.forms import SilenceForm
from monitoring.models import Alert, Silence
from monitoring.queries import on_call_snapshot
from viral_engine.accounts.identity import require_user
from viral_engine.kernel.clock import now
from viral_engine.staff.access import staff_required


@staff_required()
@require_safe
def monitoring(request: HttpRequest) -> HttpResponse:
    """The on-call page. Cost  6 queries beyond session and user."""
    return render(request, "monitoring/monitoring.html", {"live": fragments.whole_page(on_call_snapshot(now()))})


@staff_required("monitoring.acknowledge_alert")
@require_POST
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    services.acknowledge(alert=get_object_or_404(Alert, pk=alert_id), by=require_user(request), at=now())
    return _back()


@staff_required("monitoring.silence_alert")
@require_POST
def silence(request: HttpRequest, alert_id: int) -> HttpResponse:
    form = SilenceForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("Choose 1, 4 or 24 hours.", content_type="text/plain")
    alert = get_object_or_404(Alert, pk=alert_id)
    services.silence(key=alert.key, lasts=form.lasts, by=require_user(request), at=now())
    return _back()


@staff_required("monitoring.silence_alert")
@require_POST
def end_silence(request: HttpRequest, silence_id: int) -> HttpResponse:
    services.end_silence(key=get_object_or_404(Silence, pk=silence_id).key, by=require_user(request))
    return _back()


def _back() -> HttpResponse:
    fragments.push_alerts(now())
    return redirect(reverse("monitoring:monitoring") + "#monitoring-alerts")
