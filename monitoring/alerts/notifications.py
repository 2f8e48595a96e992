"""Sending notices to channels: each notice is leased work, so one process sends it, retries it, or dead-letters it."""

from datetime import datetime

from celery.exceptions import SoftTimeLimitExceeded

from monitoring.alerts.channels import CHANNELS
from monitoring.models import Notification
from viral_engine.kernel.clock import clock_from
from viral_engine.kernel.leases import GiveUp, TryLater, run, work


def send_waiting(*, at: datetime) -> int:
    """Give every waiting notice an attempt, for 30 s at most; returns how many arrived.

    A channel that asks for time is left alone until the next run: its other notices would get the same answer.
    """
    clock = clock_from(at)
    busy: set[str] = set()

    def send_and_note_busy(notice: Notification) -> None:
        try:
            _send(notice, clock())
        except TryLater:
            busy.add(notice.channel)
            raise

    def is_for_busy_channel(pk: int) -> bool:
        return bool(busy) and Notification.objects.filter(pk=pk, channel__in=busy).exists()

    rows = Notification.objects.select_related("alert")
    return len(run(rows, send_and_note_busy, at=at, skip=is_for_busy_channel))


def send(notice_id: int, *, at: datetime) -> bool:
    """Send one notice; True when this call sent it.

    A process that dies between the channel and the mark leaves a lease of 60 s, and then the notice is sent once more:
    PagerDuty folds the two by their key, mail by its id. Pauses grow from 10 s; after 8 attempts, or at a refusal, the
    notice is dead-lettered.

    Cost    3 statements, and the channel's own time.
    Raises  SoftTimeLimitExceeded when the task's time is up; the notice waits.
    """
    lease = Notification.objects.select_related("alert").claim(notice_id, at=at)
    return lease is not None and work(lease, lambda notice: _send(notice, at), clock=clock_from(at)) is not None


def _send(notice: Notification, at: datetime) -> None:
    try:
        CHANNELS[notice.channel].send(notice, at)
    except (TryLater, GiveUp, SoftTimeLimitExceeded):
        raise
    except Exception as error:
        raise GiveUp(type(error).__name__) from error  # our own mistake: another attempt would fail as well


def try_again(*, notice_ids: list[int]) -> int:
    """Let dead-lettered notices wait for a first attempt again; returns how many do."""
    return Notification.objects.filter(pk__in=notice_ids).requeue()
