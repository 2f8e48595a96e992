"""The site as an installed app: manifest, service worker, offline page and share target."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from viral_engine.notifications.rules import token_in

ICONS = ((192, "any"), (512, "any"), (512, "maskable"))
ICON = "site/icons/icon-192.png"
MAX_SHARED = 2000


@require_safe
def manifest(_: HttpRequest) -> HttpResponse:
    """Let browsers install the site."""
    icons = [
        {
            "src": static(f"site/icons/{'maskable' if purpose == 'maskable' else 'icon'}-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in ICONS
    ]
    about = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12],
        "description": "Practice a little every day, with friends.",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fffaf0",
        "theme_color": "#5b3df5",
        "icons": icons,
        "share_target": {
            "action": reverse("notifications:share_target"),
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }
    return JsonResponse(about, content_type="application/manifest+json")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, at the root so that its scope is the whole site."""
    response = render(
        request,
        "notifications/service_worker.js",
        {"offline": reverse("notifications:offline"), "page": reverse("notifications:page"), "icon": static(ICON)},
        content_type="text/javascript",
    )
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page shown without a connection; it names nobody, because it is stored on the device. No query."""
    return render(request, "notifications/offline.html")


@require_safe
def share_target(request: HttpRequest) -> HttpResponse:
    """Open a link of this site that another app shared with ours. No query."""
    token = token_in(" ".join(request.GET.get(name, "")[:MAX_SHARED] for name in ("url", "text", "title")))
    if token:
        return redirect("loops:follow", token)
    return render(request, "notifications/nothing_shared.html")
