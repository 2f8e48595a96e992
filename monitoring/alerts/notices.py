"""Telling channels: each notice is a row, claimed by one process, tried again, and parked where it cannot succeed."""

import logging
from datetime import datetime, timedelta

from django.db.models import F

from monitoring.alerts.channels import CHANNELS, LONGEST_WAIT_S, Refused, TryLater
from monitoring.models import Notice

logger = logging.getLogger(__name__)
FIRST_PAUSE_S = 10.0


def send_waiting(*, at: datetime, limit: int = 50) -> int:
    """Every notice that is due has had a try; returns how many arrived."""
    ids = list(Notice.objects.all().waiting(at).order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(send(pk, at=at) for pk in ids)


def send(notice_id: int, *, at: datetime) -> bool:
    """The channel took the notice, or it waits for its next try; True when this call sent it.

    A process that dies between the two leaves a lease of 60 s, and then it is sent once more: PagerDuty folds the two
    by their key, mail by its id. Pauses grow from 10 s; after 8 tries, or a refusal, it is parked.

    Cost  3 statements, and the channel's own time.
    """
    lease = at + Notice.LEASE
    if not Notice.objects.all().waiting(at).filter(pk=notice_id).update(leased_until=lease, attempts=F("attempts") + 1):
        return False
    notice = Notice.objects.select_related("alert").get(pk=notice_id)
    mine = Notice.objects.filter(pk=notice_id, leased_until=lease)
    try:
        CHANNELS[notice.channel].send(notice, at)
    except TryLater as trouble:
        _leave_for_later(notice, trouble, at)
        return False
    except Exception as failure:  # noqa: BLE001  (a refusal, or our own mistake: trying again would not help)
        _park(notice, str(failure) if isinstance(failure, Refused) else type(failure).__name__, at)
        return False
    mine.update(sent_at=at, leased_until=None, last_error="")
    return True


def _leave_for_later(notice: Notice, trouble: TryLater, at: datetime) -> None:
    logger.warning("notice %s to %s has to wait: %s", notice.pk, notice.channel, trouble)
    if notice.attempts >= Notice.MAX_ATTEMPTS:
        _park(notice, str(trouble), at)
        return
    pause_s = min(max(FIRST_PAUSE_S * 2 ** (notice.attempts - 1), trouble.wait_s or 0.0), LONGEST_WAIT_S)
    Notice.objects.filter(pk=notice.pk, sent_at=None).update(
        leased_until=at + timedelta(seconds=pause_s), last_error=str(trouble)
    )


def _park(notice: Notice, reason: str, at: datetime) -> None:
    logger.error("notice %s to %s is given up on: %s", notice.pk, notice.channel, reason)
    Notice.objects.filter(pk=notice.pk, sent_at=None).update(parked_at=at, leased_until=None, last_error=reason[:200])


def try_again(*, notice_ids: list[int]) -> int:
    """Parked notices wait for their first try anew; returns how many did."""
    parked = Notice.objects.all().parked().filter(pk__in=notice_ids)
    return parked.update(parked_at=None, attempts=0, leased_until=None)
