"""The only writers of alerts: raised once, kept up to date while they last, resolved once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from monitoring.alerts import channels, rules
from monitoring.alerts.rules import Finding
from monitoring.models import Alert, Notice, Silence
from viral_engine.accounts.models import User

DAY = timedelta(days=1)
LONGEST_SILENCE = 7 * DAY


@transaction.atomic
def observe(*, findings: Sequence[Finding], at: datetime) -> None:
    """Alerts say what these findings say: one is open for each that is so, and one that was not so twice has ended.

    A key that is not among the findings is left alone; so is one that could not be told.

    Cost  2 queries; 3 statements for an alert that begins, 1 for one that lasts, at most 3 for one that ends.
    """
    open_alerts = {alert.key: alert for alert in Alert.objects.all().open()}
    silenced = set(Silence.objects.filter(until__gt=at).values_list("key", flat=True))
    for finding in findings:
        alert = open_alerts.get(finding.key)
        if finding.is_so:
            alert = _keep(alert, finding, at) if alert else _raise(finding, at)
            if alert is not None and finding.key not in silenced:
                _tell_once(alert, at)
        elif finding.is_so is False and alert is not None:
            _clear(alert, at)


def _raise(finding: Finding, at: datetime) -> Alert | None:
    """None when another process raised it a moment ago."""
    try:
        with transaction.atomic():
            return Alert.objects.create(
                key=finding.key,
                severity=finding.severity,
                title=finding.title,
                told=finding.told,
                value=finding.value,
                limit=finding.limit,
                opened_at=at,
                seen_at=at,
            )
    except IntegrityError:
        return None


def _keep(alert: Alert, finding: Finding, at: datetime) -> Alert:
    still_open = Alert.objects.filter(pk=alert.pk, resolved_at=None)
    still_open.update(told=finding.told, value=finding.value, limit=finding.limit, seen_at=at, clear_ticks=0)
    return alert


def _tell_once(alert: Alert, at: datetime) -> None:
    """Channels hear that it began, unless somebody already looks after it; a silence that ended is made good."""
    untold = Alert.objects.filter(pk=alert.pk, notified_at=None, acknowledged_at=None, resolved_at=None)
    if alert.notified_at is None and untold.update(notified_at=at):
        _notify(alert, Notice.Turn.RAISED, at)


def _clear(alert: Alert, at: datetime) -> None:
    """One more check found it right; at the second in a row it ends."""
    if alert.clear_ticks + 1 < rules.CLEAR_TICKS:
        Alert.objects.filter(pk=alert.pk, resolved_at=None).update(clear_ticks=F("clear_ticks") + 1)
        return
    ends_at = max(at, alert.opened_at)  # a clock that was set back must not end it before it began
    still_open = Alert.objects.filter(pk=alert.pk, resolved_at=None)
    is_ours = still_open.update(resolved_at=ends_at, clear_ticks=rules.CLEAR_TICKS)
    if is_ours and alert.notified_at is not None:
        _notify(alert, Notice.Turn.RESOLVED, at)


def _notify(alert: Alert, turn: Notice.Turn, at: datetime) -> None:
    rows = [Notice(alert=alert, turn=turn, channel=channel, at=at) for channel in channels.configured()]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def resolve_forgotten(*, findings: Sequence[Finding], at: datetime) -> None:
    """Alerts about agents that are no longer asked end as if they were found right. Cost  1 query."""
    keys = Alert.objects.all().open().values_list("key", flat=True)
    forgotten = rules.unknown_to(findings, keys)
    if forgotten:
        observe(findings=[Finding(key, rules.WARNING, "", is_so=False) for key in forgotten], at=at)


@transaction.atomic
def acknowledge(*, alert: Alert, by: User, at: datetime) -> bool:
    """Somebody looks after it, and the others hear so; False when it has ended, or somebody does already.

    Cost  2 statements.
    """
    waiting = Alert.objects.filter(pk=alert.pk, acknowledged_at=None, resolved_at=None)
    if not waiting.update(acknowledged_at=at, acknowledged_by=by):
        return False
    if alert.notified_at is not None:
        _notify(alert, Notice.Turn.ACKNOWLEDGED, at)
    return True


def silence(*, key: str, lasts: timedelta, by: User, at: datetime) -> Silence:
    """Nobody is told of alerts of this key until then; the latest word counts.

    Raises  ValueError for no time at all, or more than a week.
    """
    if not timedelta(0) < lasts <= LONGEST_SILENCE:
        raise ValueError(f"a silence of {lasts}")
    words = {"until": at + lasts, "set_by": by, "set_at": at}
    return Silence.objects.update_or_create(key=key, defaults=words)[0]


def end_silence(*, key: str) -> None:
    """Alerts of this key are told again, from the next check on."""
    Silence.objects.filter(key=key).delete()
