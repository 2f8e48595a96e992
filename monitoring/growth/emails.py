"""The weekly report as an e-mail."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from monitoring.models import GrowthReport


def send_report(report: GrowthReport, address: str) -> None:
    """Raises  OSError or SMTPException when the mail server does not take it."""
    context: dict[str, Any] = {
        "report": report,
        "url": settings.SITE_URL + reverse("growth:report", args=[report.week]),
        "settings_url": settings.SITE_URL + reverse("growth:reports"),
        "site_name": settings.SITE_NAME,
    }
    message = EmailMultiAlternatives(
        subject=f"Growth in {report.week}: {settings.SITE_NAME}",
        body=render_to_string("monitoring/growth/mail/report.txt", context),
        to=[address],
    )
    message.attach_alternative(render_to_string("monitoring/growth/mail/report.html", context), "text/html")
    message.send()
