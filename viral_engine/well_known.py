"""Files that programs look for at fixed addresses: the icon, robots.txt and security.txt."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from viral_engine.kernel.clock import now

VALID_FOR = timedelta(days=180)  # RFC 9116 asks for less than a year
# Shared links are about people and each visit counts as a click: robots read the front door and the policies alone.
ROBOTS = """User-agent: *
Allow: /$
Allow: /privacy/
Allow: /static/
Disallow: /
"""


@require_safe
def favicon(_: HttpRequest) -> HttpResponse:
    """Serve the icon that browsers request for pages without one: the admin, an image, a bare response."""
    return redirect(static("site/favicon.svg"))


@require_safe
def robots(_: HttpRequest) -> HttpResponse:
    return _text(ROBOTS)


@require_safe
def security(_: HttpRequest) -> HttpResponse:
    """Say where to report a weakness (RFC 9116)."""
    expires_at = (now() + VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = {
        "Contact": f"mailto:{settings.SECURITY_CONTACT}",
        "Expires": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": "en",
        "Canonical": settings.SITE_URL + reverse("security_txt"),
    }
    return _text("".join(f"{name}: {value}\n" for name, value in lines.items()))


def _text(body: str) -> HttpResponse:
    return HttpResponse(body, content_type="text/plain; charset=utf-8")
