"""The only writers of alerts: raise an alert once, update it while it lasts, resolve it once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from monitoring.alerts import channels, rules
from monitoring.models import Alert, Notification, Silence
from monitoring.rules import Finding
from viral_engine.accounts.models import User
from viral_engine.staff.services.staff_log import log_change

DAY = timedelta(days=1)
MAX_SILENCE = 7 * DAY


@transaction.atomic
def observe(*, findings: Sequence[Finding], at: datetime) -> None:
    """Open an alert for each finding that fires, and end each alert that was clear twice in a row.

    Alerts with other keys or an unknown finding stay unchanged.

    Cost  2 queries; 3 statements for an alert that begins, 1 for one that lasts, at most 3 for one that ends.
    """
    open_alerts = {alert.key: alert for alert in Alert.objects.all().open()}
    silenced = set(Silence.objects.filter(until__gt=at).values_list("key", flat=True))
    for finding in findings:
        alert = open_alerts.get(finding.key)
        if finding.firing:
            alert = _update(alert, finding, at) if alert else _raise(finding, at)
            if alert is not None and finding.key not in silenced:
                _announce_once(alert, at)
        elif finding.firing is False and alert is not None:
            _clear(alert, at)


def _raise(finding: Finding, at: datetime) -> Alert | None:
    """The new alert; None when another process has just raised it."""
    try:
        with transaction.atomic():
            return Alert.objects.create(
                key=finding.key,
                severity=finding.severity,
                title=finding.title,
                detail=finding.detail,
                value=finding.value,
                limit=finding.limit,
                opened_at=at,
                seen_at=at,
            )
    except IntegrityError:
        return None


def _update(alert: Alert, finding: Finding, at: datetime) -> Alert:
    still_open = Alert.objects.filter(pk=alert.pk, resolved_at=None)
    still_open.update(detail=finding.detail, value=finding.value, limit=finding.limit, seen_at=at, clear_ticks=0)
    return alert


def _announce_once(alert: Alert, at: datetime) -> None:
    """Notify channels that the alert began, unless it is acknowledged. A silence only delays this."""
    pending = Alert.objects.filter(pk=alert.pk, notified_at=None, acknowledged_at=None, resolved_at=None)
    if alert.notified_at is None and pending.update(notified_at=at):
        _notify(alert, Notification.Transition.RAISED, at)


def _clear(alert: Alert, at: datetime) -> None:
    """Count one clear check; the second in a row ends the alert."""
    if alert.clear_ticks + 1 < rules.CLEAR_TICKS:
        Alert.objects.filter(pk=alert.pk, resolved_at=None).update(clear_ticks=F("clear_ticks") + 1)
        return
    ends_at = max(at, alert.opened_at)  # when the clock was set back, the alert must not end before it began
    still_open = Alert.objects.filter(pk=alert.pk, resolved_at=None)
    is_ours = still_open.update(resolved_at=ends_at, clear_ticks=rules.CLEAR_TICKS)
    if is_ours and alert.notified_at is not None:
        _notify(alert, Notification.Transition.RESOLVED, at)


def _notify(alert: Alert, transition: Notification.Transition, at: datetime) -> None:
    rows = [
        Notification(alert=alert, transition=transition, channel=channel, at=at) for channel in channels.configured()
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def resolve_forgotten(*, findings: Sequence[Finding], at: datetime, knows_guardrails: bool = True) -> None:
    """Count a clear check for alerts about agents and experiments that the findings no longer cover. Cost  1 query."""
    keys = Alert.objects.all().open().values_list("key", flat=True)
    forgotten = rules.unknown_to(findings, keys, knows_guardrails=knows_guardrails)
    if forgotten:
        observe(findings=[Finding(key, rules.WARNING, "", firing=False) for key in forgotten], at=at)


@transaction.atomic
def acknowledge(*, alert: Alert, by: User, at: datetime) -> bool:
    """Acknowledge the alert, log who did and notify the channels; False when it has ended or is acknowledged already.

    Cost  3 statements.
    """
    waiting = Alert.objects.filter(pk=alert.pk, acknowledged_at=None, resolved_at=None)
    if not waiting.update(acknowledged_at=at, acknowledged_by=by):
        return False
    log_change(by=by, rows=[alert], message="Acknowledged.")
    if alert.notified_at is not None:
        _notify(alert, Notification.Transition.ACKNOWLEDGED, at)
    return True


@transaction.atomic
def silence(*, key: str, lasts: timedelta, by: User, at: datetime) -> Silence:
    """Send no notifications about alerts of this key until then, and log it; a later silence replaces an earlier one.

    Raises  ValueError for a duration of zero or less, or of more than a week.
    """
    if not timedelta(0) < lasts <= MAX_SILENCE:
        raise ValueError(f"a silence of {lasts}")
    fields = {"until": at + lasts, "set_by": by, "set_at": at}
    silenced = Silence.objects.update_or_create(key=key, defaults=fields)[0]
    log_change(by=by, rows=[silenced], message=f"Silenced for {lasts}.")
    return silenced


@transaction.atomic
def end_silence(*, key: str, by: User) -> None:
    """Send notifications about alerts of this key again, from the next check on, and log who asked."""
    ended = list(Silence.objects.filter(key=key))
    log_change(by=by, rows=ended, message="Silence ended.")
    Silence.objects.filter(key=key).delete()
