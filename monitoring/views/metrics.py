from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from prometheus_client import CONTENT_TYPE_LATEST

from monitoring.metrics import exposition
from monitoring.views.access import is_this_machine, is_trusted
from viral_engine.kernel.clock import now


def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics for Prometheus with the token, for staff, and in development for this machine; 404 for others."""
    if not (is_this_machine(request) or is_trusted(request)):
        raise Http404
    if request.method not in {"GET", "HEAD"}:  # after the 404, which tells strangers nothing
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response = HttpResponse(exposition(now()), content_type=CONTENT_TYPE_LATEST)
    response["Cache-Control"] = "no-store"
    return response
