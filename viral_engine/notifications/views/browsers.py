"""Subscribe and forget a browser; called by the page's script."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from viral_engine.accounts.identity import require_user
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.notifications.services.push import BrowserKeys, PushRefused, subscribe, unsubscribe

MAX_TEXT = 1000


@limited("push", limit=60, window_s=60)
@login_required
@require_POST
def subscribe_browser(request: HttpRequest) -> HttpResponse:
    keys = BrowserKeys(*(_text(request, name) for name in ("endpoint", "p256dh", "auth")))
    try:
        subscribe(user=require_user(request), keys=keys, at=now())
    except PushRefused as refusal:
        return JsonResponse({"message": str(refusal)}, status=403)
    return HttpResponse(status=204)


@limited("push", limit=60, window_s=60)
@login_required
@require_POST
def forget_browser(request: HttpRequest) -> HttpResponse:
    unsubscribe(user=require_user(request), endpoint=_text(request, "endpoint"))
    return HttpResponse(status=204)


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")[:MAX_TEXT]
