"""The channels to on-call staff, set up by environment variables. Addresses and keys are never stored."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from monitoring.models import Alert, Notification
from viral_engine.kernel.leases import GiveUp, TryLater
from viral_engine.kernel.outbound.gate import TIMEOUT, OutboundFailed, OutboundRefused, post_json

logger = logging.getLogger("monitoring.alerts")
PERMANENT = 500  # the lowest SMTP code of a permanent refusal
MAX_WAIT_S = 3600.0
RETRYABLE_STATUSES = {408, 425, 429}


class DeliveryRefused(GiveUp):
    """The message can never be delivered in this configuration; a person must change it."""


@dataclass(frozen=True, slots=True)
class AlertChannel:
    name: str
    is_set: Callable[[], bool]
    send: Callable[[Notification, datetime], None]


def one_line(notification: Notification) -> str:
    """One alert in one line, without personal data."""
    alert = notification.alert
    return f"{notification.get_transition_display()}: {alert.title} ({alert.severity}). {alert.detail}"


def page_url() -> str:
    """The URL of the on-call page through the log-in page, because the page itself answers 404 to strangers."""
    return f"{settings.SITE_URL}/accounts/login/?next=/monitoring/"


# -- The channels ------------------------------------------------------------------------------------------
def to_log(notification: Notification, _: datetime) -> None:
    level = logging.ERROR if notification.transition == Notification.Transition.RAISED else logging.WARNING
    logger.log(level, "alert %s: %s", notification.alert.key, one_line(notification))


def to_email(notification: Notification, _: datetime) -> None:
    name = f"notice-{notification.pk or notification.alert.key}-{int(notification.at.timestamp())}"
    mail = EmailMessage(
        subject=f"[{settings.SITE_NAME}] {notification.get_transition_display()}: {notification.alert.title}",
        body=f"{one_line(notification)}\n\nSince {notification.alert.opened_at:%Y-%m-%d %H:%M} UTC.\n{page_url()}\n",
        to=settings.ALERT_EMAILS,
        # The same Message-ID on a repeat, so that mail programs merge copies.
        headers={"Message-ID": f"<{name}@{settings.MAIL_DOMAIN}>"},
    )
    try:
        mail.send()
    except SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        raise _smtp(min(codes, default=PERMANENT)) from None
    except SMTPResponseException as refusal:
        raise _smtp(refusal.smtp_code) from None
    except (SMTPException, OSError) as failure:
        raise TryLater(type(failure).__name__) from None


def _smtp(code: int) -> Exception:
    return DeliveryRefused(f"SMTP {code}") if code >= PERMANENT else TryLater(f"SMTP {code}")


def to_slack(notification: Notification, at: datetime) -> None:
    mark = {"raised": ":rotating_light:", "acknowledged": ":eyes:", "resolved": ":white_check_mark:"}[
        notification.transition
    ]
    post(settings.SLACK_WEBHOOK_URL, {"text": f"{mark} {slack_text(one_line(notification))} <{page_url()}|Open>"}, at)


def slack_text(text: str) -> str:
    """Text that Slack shows as it is: unescaped, `<!channel>` in an error would notify everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_pagerduty(notification: Notification, at: datetime) -> None:
    """Events API v2. The deduplication key is the alert, so repeats are one incident."""
    action = {"raised": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}[notification.transition]
    name = (
        f"alert-{notification.alert_id}" if notification.alert_id else notification.alert.key
    )  # a database outage has no row
    post(settings.PAGERDUTY_EVENTS_URL, incident(notification.alert, action, dedup_key=name), at)


def incident(alert: Alert, action: str, *, dedup_key: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "routing_key": settings.PAGERDUTY_ROUTING_KEY,
        "event_action": action,
        "dedup_key": f"{settings.SITE_URL}:{dedup_key}",
    }
    if action == "trigger":
        event["payload"] = {
            "summary": f"{alert.title}. {alert.detail}"[:1024],
            "source": settings.SITE_URL,
            "severity": alert.severity,
            "timestamp": alert.opened_at.isoformat(),
            "component": alert.key,
        }
        event["links"] = [{"href": page_url(), "text": "Monitoring"}]
    return event


def post(url: str, body: dict[str, Any], at: datetime) -> None:
    """Deliver the message.

    Raises  TryLater, DeliveryRefused; neither names the address, which is a secret.
    """
    try:
        response = post_json(url, body, timeout=TIMEOUT)
    except OutboundRefused:
        raise DeliveryRefused("The address is not in the vendor register.") from None
    except ValueError:
        raise DeliveryRefused("The address is not valid.") from None
    except OutboundFailed as failure:
        raise TryLater(str(failure)) from None
    if response.is_success:
        return
    if response.status_code in RETRYABLE_STATUSES or response.is_server_error:
        raise TryLater(f"HTTP {response.status_code}", retry_after_s(response.headers.get("Retry-After", ""), at))
    raise DeliveryRefused(f"HTTP {response.status_code}")


def retry_after_s(header: str, at: datetime) -> float | None:
    """Seconds from either form of Retry-After, at most an hour; None when it is missing or invalid."""
    if header.isdecimal():
        return min(float(header[:9]), MAX_WAIT_S)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - at).total_seconds(), 0.0), MAX_WAIT_S)


CHANNELS = {
    channel.name: channel
    for channel in (
        AlertChannel("log", lambda: True, to_log),
        AlertChannel("email", lambda: bool(settings.ALERT_EMAILS), to_email),
        AlertChannel("slack", lambda: bool(settings.SLACK_WEBHOOK_URL), to_slack),
        AlertChannel("pagerduty", lambda: bool(settings.PAGERDUTY_ROUTING_KEY), to_pagerduty),
    )
}


def configured() -> list[str]:
    """Names of the channels that are set up; the log always is."""
    return [channel.name for channel in CHANNELS.values() if channel.is_set()]
