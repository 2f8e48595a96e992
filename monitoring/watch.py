"""What each web process does beside serving: it hands over its counts, and notices that nobody else does.

Health checks come from the worker. That the worker, Redis or the database is away can only be seen from here.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from time import monotonic
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError

from monitoring.alerts import channels, notices, rules
from monitoring.alerts.services import observe
from monitoring.health import measure
from monitoring.health.rules import EVERY_S
from monitoring.health.services import count_requests, epoch_at
from monitoring.models import HealthCheck
from monitoring.traffic import Tally
from presence.people import in_database
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot

logger = logging.getLogger(__name__)
PAUSE_S = 10.0
LOST_AFTER = 2  # tries in a row that the database did not answer

tally = Tally()  # of this process


class Watch:
    """One per process that serves."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._since_s = monotonic()
        self._lost = 0

    async def run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_S)
            try:
                await in_database(lambda: self.round(now()))
            except Exception:
                logger.exception("a round of the watch failed")

    def round(self, at: datetime) -> None:
        """Counts are handed over, and, by one process in each slot, the worker and Redis are looked for.

        Cost  2 statements, 1 more with counts to hand over, 4 more in the process that has the slot, and those of
              alerts that begin or end.
        """
        try:
            self._hand_over(at)
            if claim_slot(f"watch.{epoch_at(at)}", every_s=EVERY_S, at=at):
                look_for_worker(watched_s=monotonic() - self._since_s, at=at)
        except DatabaseError as failure:
            self._database_is_lost(failure, at)
        else:
            self._database_is_back(at)

    def _hand_over(self, at: datetime) -> None:
        answered = self._tally.take()
        if not answered.count:
            return
        try:
            count_requests(requests=answered.count, errors=answered.errors, at=at)
        except DatabaseError:
            self._tally.add(answered)  # the next round tells of them
            raise

    # With the database away there is no row to claim: every process tells, and PagerDuty makes one incident of it.
    def _database_is_lost(self, failure: DatabaseError, at: datetime) -> None:
        self._lost += 1
        if self._lost == LOST_AFTER:
            logger.critical("the database does not answer: %s", type(failure).__name__)
            _tell_pagerduty("trigger", at)

    def _database_is_back(self, at: datetime) -> None:
        if self._lost >= LOST_AFTER:
            logger.warning("the database answers again")
            _tell_pagerduty("resolve", at)
        self._lost = 0


def _tell_pagerduty(action: str, at: datetime) -> None:
    if settings.PAGERDUTY_ROUTING_KEY:
        with suppress(channels.TryLater, channels.Refused):
            channels.post(settings.PAGERDUTY_EVENTS_URL, channels.database_incident(action, at), at)


def look_for_worker(*, watched_s: float, at: datetime) -> None:
    """Alerts say whether Redis answers and whether checks still come; while none does, notices are sent from here.

    Cost  4 queries, and those of alerts that begin or end.
    """
    newest = HealthCheck.objects.newest()
    silent_s = newest.age_s(at) if newest is not None else watched_s
    is_redis_up = measure.redis_ms() is not None if settings.REDIS_URL else None
    worker = rules.worker(silent_s, watched_s=watched_s, is_redis_up=is_redis_up)
    observe(findings=[rules.redis(is_up=is_redis_up), worker], at=at)
    if silent_s > rules.MISSING_S:
        notices.send_waiting(at=at)


_watching: WeakKeyDictionary[asyncio.AbstractEventLoop, "asyncio.Task[None]"] = WeakKeyDictionary()


def begin(loop: asyncio.AbstractEventLoop) -> None:
    """The loop that serves is watched from now on; calling it again changes nothing."""
    if loop not in _watching:
        _watching[loop] = loop.create_task(Watch(tally).run())
