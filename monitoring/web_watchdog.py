"""The watchdog in each web process: it stores request counts and notices when checks stop.

Health checks come from the worker, so only web processes can notice that the worker, Redis or the database is down.
"""

import asyncio
import logging
from datetime import datetime
from functools import partial
from time import monotonic
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import Error as AnyDatabaseError

from monitoring.alerts import notifications, rules
from monitoring.alerts.database_outage import DatabaseOutage
from monitoring.alerts.services import observe
from monitoring.health import probes
from monitoring.health.rules import slot_of
from monitoring.health.services import count_requests, epoch_after
from monitoring.models import HealthCheck
from monitoring.request_counter import RequestCounter
from monitoring.rules import EVERY_S, Requests
from presence.db import run_in_db_thread
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot

logger = logging.getLogger(__name__)
PAUSE_S = 10.0
MAX_LOOK_S = 15.0  # a single statement may take five

request_counter = RequestCounter()  # in this process


class WebWatchdog:
    """One per web process."""

    def __init__(self, tally: RequestCounter) -> None:
        self._tally = tally
        self._kept: dict[datetime, Requests] = {}  # by slot: counts that the database has not taken yet
        self._newest = 0  # the last check seen from here, and since when, by the monotonic clock
        self._since_s = monotonic()
        self._outage = DatabaseOutage()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_S)
            try:
                await self.round(now())
            except Exception:
                logger.exception("a round of the watchdog failed")

    async def round(self, at: datetime) -> None:
        """Check the site once, and send the notifications that no worker can send.

        The deadline is needed: a hanging database on a machine that still acknowledges packets keeps its connections
        open.
        """
        try:
            async with asyncio.timeout(MAX_LOOK_S):
                worker_is_down = await run_in_db_thread(partial(self.look, at))
        except (AnyDatabaseError, TimeoutError) as failure:
            await asyncio.to_thread(self._outage.goes_on, failure, at)
            return
        await asyncio.to_thread(self._outage.is_over, at)
        if worker_is_down:
            await run_in_db_thread(partial(notifications.send_waiting, at=at))

    def look(self, at: datetime) -> bool:
        """Store the request counts; in one process a slot, also check for the worker and Redis.

        True when this process must send notifications.

        Cost  2 statements, at most 4 more for each slot with counts to hand over, 4 more in the process that has the
              slot, and those of alerts that begin or end.
        """
        self._hand_over(at)
        newest = HealthCheck.objects.newest()
        if newest is not None and newest.pk != self._newest:
            self._newest, self._since_s = newest.pk, monotonic()
        if not claim_slot("watch", every_s=EVERY_S, at=at, epoch=epoch_after(newest, at)):
            return False
        return look_for_worker(watched_s=monotonic() - self._since_s, at=at)

    def _hand_over(self, at: datetime) -> None:
        """Store counts under the slot in which they were taken, even hours later, when the database is back."""
        self._keep(slot_of(at), self._tally.take())
        while self._kept:
            slot, answered = self._kept.popitem()
            try:
                count_requests(requests=answered.count, errors=answered.errors, at=slot)
            except AnyDatabaseError:
                self._keep(slot, answered)
                raise

    def _keep(self, slot: datetime, answered: Requests) -> None:
        if answered.count:
            self._kept[slot] = self._kept.get(slot, Requests(0, 0)) + answered


def look_for_worker(*, watched_s: float, at: datetime) -> bool:
    """Update the alerts about Redis and the worker; True unless checks still come.

    Only web processes can report that Redis is down, because a check reaches the worker through Redis.

    Cost  4 queries, and those of alerts that begin or end.
    """
    newest = HealthCheck.objects.newest()
    silent_s = newest.age_s(at) if newest is not None else watched_s
    is_redis_up = probes.redis_ms() is not None if settings.REDIS_URL else None
    worker = rules.worker(silent_s, watched_s=watched_s, is_redis_up=is_redis_up)
    observe(findings=[rules.redis(is_up=is_redis_up), worker], at=at)
    return worker.firing is not False


_watching: WeakKeyDictionary[asyncio.AbstractEventLoop, "asyncio.Task[None]"] = WeakKeyDictionary()


def start(loop: asyncio.AbstractEventLoop) -> None:
    """Start the watchdog on this event loop; a second call changes nothing."""
    if loop not in _watching:
        _watching[loop] = loop.create_task(WebWatchdog(request_counter).run())
