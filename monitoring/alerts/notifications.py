"""Send notifications to channels: each is leased work, which one process sends, retries or dead-letters."""

from datetime import datetime

from celery.exceptions import SoftTimeLimitExceeded

from monitoring.alerts.channels import CHANNELS
from monitoring.models import Notification
from viral_engine.kernel.clock import clock_from
from viral_engine.kernel.leases import GiveUp, TryLater, run, work


def send_waiting(*, at: datetime) -> int:
    """Give every waiting notification an attempt, for 30 s at most; returns how many were delivered.

    A channel that asks for a delay is skipped until the next run: its other notifications would get the same answer.
    """
    clock = clock_from(at)
    busy: set[str] = set()

    def send_and_note_busy(notification: Notification) -> None:
        try:
            _send(notification, clock())
        except TryLater:
            busy.add(notification.channel)
            raise

    def is_for_busy_channel(pk: int) -> bool:
        return bool(busy) and Notification.objects.filter(pk=pk, channel__in=busy).exists()

    rows = Notification.objects.select_related("alert")
    return len(run(rows, send_and_note_busy, at=at, skip=is_for_busy_channel))


def send(notification_id: int, *, at: datetime) -> bool:
    """Send one notification; True when this call sent it.

    If a process dies between sending and recording, the notification is sent again after its lease of 60 s. PagerDuty
    merges the two by their key, e-mail by its id. Pauses grow from 10 s; after 8 attempts, or at a refusal, the
    notification is dead-lettered.

    Cost    3 statements, plus the channel's time.
    Raises  SoftTimeLimitExceeded when the task's time is up; the notification waits.
    """
    lease = Notification.objects.select_related("alert").claim(notification_id, at=at)
    return (
        lease is not None
        and work(lease, lambda notification: _send(notification, at), clock=clock_from(at)) is not None
    )


def _send(notification: Notification, at: datetime) -> None:
    try:
        CHANNELS[notification.channel].send(notification, at)
    except (TryLater, GiveUp, SoftTimeLimitExceeded):
        raise
    except Exception as error:
        raise GiveUp(type(error).__name__) from error  # our own bug: another attempt would fail as well
