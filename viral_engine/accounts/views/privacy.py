"""The privacy pages, drawn from the retention table and the vendor register in code."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from viral_engine.kernel.outbound.vendors import VENDORS
from viral_engine.kernel.privacy.retention import RETENTION


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "lines": RETENTION.values(),
        "vendors": VENDORS.values(),
        "contact": settings.PRIVACY_CONTACT,
        "address": settings.POSTAL_ADDRESS,
    }
    return render(request, "accounts/privacy.html", context)


@require_safe
def children(request: HttpRequest) -> HttpResponse:
    """The notice to parents (16 CFR 312.4)."""
    context = {
        "vendors": VENDORS.values(),
        "contact": settings.PRIVACY_CONTACT,
        "address": settings.POSTAL_ADDRESS,
        "phone": settings.PRIVACY_PHONE,
    }
    return render(request, "accounts/privacy_children.html", context)


@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/privacy_retention.html", {"lines": RETENTION.values()})
