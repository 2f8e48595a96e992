"""Telling channels: each notice is a row, claimed by one process, tried again, and parked where it cannot succeed."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import F, QuerySet

from monitoring.alerts.channels import CHANNELS, LONGEST_WAIT_S, Refused, TryLater
from monitoring.models import Notice

logger = logging.getLogger(__name__)
FIRST_PAUSE_S = 10.0
BATCH = timedelta(seconds=30)  # half of what a task may take: the last try begun has the other half


def clock_from(at: datetime) -> Callable[[], datetime]:
    """Shows `at` now and goes on from there in whole seconds, whatever is done to the machine's own clock."""
    started_s = monotonic()
    return lambda: at + timedelta(seconds=int(monotonic() - started_s))


def send_waiting(*, at: datetime) -> int:
    """Every notice that is due has had a try, as far as 30 s reach; returns how many arrived.

    A channel that asked for time is left alone until the next batch: its other notices would wait as long, in vain.
    """
    clock, resting, arrived = clock_from(at), set(), 0
    for pk, channel in list(Notice.objects.all().waiting(at).order_by("pk").values_list("pk", "channel")):
        moment = clock()
        if moment >= at + BATCH:
            break
        if channel in resting:
            continue
        try:
            arrived += send(pk, at=moment)
        except TryLater:
            resting.add(channel)
    return arrived


def send(notice_id: int, *, at: datetime) -> bool:
    """The channel took the notice, or it waits for its next try; True when this call sent it.

    A process that dies between the two leaves a lease of 60 s, and then it is sent once more: PagerDuty folds the two
    by their key, mail by its id. Whoever took longer than its lease changes nothing more. Pauses grow from 10 s; after
    8 tries, or a refusal, it is parked.

    Cost    3 statements, and the channel's own time.
    Raises  TryLater when the channel asked for time, SoftTimeLimitExceeded when the task's is up: both wait.
    """
    clock, lease = clock_from(at), at + Notice.LEASE
    if not Notice.objects.all().waiting(at).filter(pk=notice_id).update(leased_until=lease, attempts=F("attempts") + 1):
        return False
    notice = Notice.objects.select_related("alert").get(pk=notice_id)
    mine = Notice.objects.filter(pk=notice_id, leased_until=lease, sent_at=None, parked_at=None)
    try:
        CHANNELS[notice.channel].send(notice, at)
    except TryLater as trouble:
        _leave_for_later(mine, notice, trouble, clock())
        raise
    except SoftTimeLimitExceeded:
        _leave_for_later(mine, notice, TryLater("the task's time was up"), clock())
        raise
    except Exception as failure:  # noqa: BLE001  (a refusal, or our own mistake: trying again would not help)
        _park(mine, notice, str(failure) if isinstance(failure, Refused) else type(failure).__name__, clock())
        return False
    return bool(mine.update(sent_at=clock(), leased_until=None, last_error=""))


def _leave_for_later(mine: QuerySet[Notice], notice: Notice, trouble: TryLater, at: datetime) -> None:
    logger.warning("notice %s to %s has to wait: %s", notice.pk, notice.channel, trouble)
    if notice.attempts >= Notice.MAX_ATTEMPTS:
        _park(mine, notice, str(trouble), at)
        return
    pause_s = min(max(FIRST_PAUSE_S * 2 ** (notice.attempts - 1), trouble.wait_s or 0.0), LONGEST_WAIT_S)
    mine.update(leased_until=at + timedelta(seconds=pause_s), last_error=str(trouble))


def _park(mine: QuerySet[Notice], notice: Notice, reason: str, at: datetime) -> None:
    logger.error("notice %s to %s is given up on: %s", notice.pk, notice.channel, reason)
    mine.update(parked_at=at, leased_until=None, last_error=reason[:200])


def try_again(*, notice_ids: list[int]) -> int:
    """Parked notices wait for their first try anew; returns how many did."""
    parked = Notice.objects.all().parked().filter(pk__in=notice_ids)
    return parked.update(parked_at=None, attempts=0, leased_until=None)
