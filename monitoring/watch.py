"""What each web process does beside serving: it hands over its counts, and notices that nobody else does.

Health checks come from the worker. That the worker, Redis or the database is away can only be seen from here.
"""

import asyncio
import logging
from datetime import datetime
from functools import partial
from time import monotonic
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError

from monitoring.alerts import notices, rules
from monitoring.alerts.outage import Outage
from monitoring.alerts.services import observe
from monitoring.health import measure
from monitoring.health.rules import slot_of
from monitoring.health.services import count_requests, epoch_after
from monitoring.models import HealthCheck
from monitoring.rules import EVERY_S, Requests
from monitoring.traffic import Tally
from presence.people import in_database
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot

logger = logging.getLogger(__name__)
PAUSE_S = 10.0
PATIENCE_S = 15.0  # for a whole look; a statement alone may take five

tally = Tally()  # of this process


class Watch:
    """One per process that serves."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._kept: dict[datetime, Requests] = {}  # by slot: what the database has not taken yet
        self._newest = 0  # the last check seen from here, and since when: intervals go by a clock that nobody sets
        self._since_s = monotonic()
        self._outage = Outage()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_S)
            try:
                await self.round(now())
            except Exception:
                logger.exception("a round of the watch failed")

    async def round(self, at: datetime) -> None:
        """One look at the site, and what has to be told from here.

        The deadline is this side's own: a server that hangs, on a machine that still acknowledges, breaks no
        connection, and serves as little as one that is away.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                nobody_else_tells = await in_database(partial(self.look, at))
        except (DatabaseError, TimeoutError) as failure:
            await asyncio.to_thread(self._outage.goes_on, failure, at)
            return
        await asyncio.to_thread(self._outage.is_over, at)
        if nobody_else_tells:
            await in_database(partial(notices.send_waiting, at=at))

    def look(self, at: datetime) -> bool:
        """Counts are handed over, and, by one process in each slot, the worker and Redis are looked for; True when
        notices have to be sent from here.

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
        """What was answered is booked to when it was, also hours later, when the database is back."""
        self._keep(slot_of(at), self._tally.take())
        while self._kept:
            slot, answered = self._kept.popitem()
            try:
                count_requests(requests=answered.count, errors=answered.errors, at=slot)
            except DatabaseError:
                self._keep(slot, answered)
                raise

    def _keep(self, slot: datetime, answered: Requests) -> None:
        if answered.count:
            self._kept[slot] = self._kept.get(slot, Requests(0, 0)) + answered


def look_for_worker(*, watched_s: float, at: datetime) -> bool:
    """Alerts say whether Redis answers and whether checks still come; True unless they do: then nobody else tells.

    That Redis is away is only said here: a check could not, for it came by way of it.

    Cost  4 queries, and those of alerts that begin or end.
    """
    newest = HealthCheck.objects.newest()
    silent_s = newest.age_s(at) if newest is not None else watched_s
    is_redis_up = measure.redis_ms() is not None if settings.REDIS_URL else None
    worker = rules.worker(silent_s, watched_s=watched_s, is_redis_up=is_redis_up)
    observe(findings=[rules.redis(is_up=is_redis_up), worker], at=at)
    return worker.firing is not False


_watching: WeakKeyDictionary[asyncio.AbstractEventLoop, "asyncio.Task[None]"] = WeakKeyDictionary()


def begin(loop: asyncio.AbstractEventLoop) -> None:
    """The loop that serves is watched from now on; calling it again changes nothing."""
    if loop not in _watching:
        _watching[loop] = loop.create_task(Watch(tally).run())
