"""The bell: tells the relay that a commit left work in the outbox. A ring may be lost, and never makes anybody wait."""

import logging
import os
import threading
from functools import cache
from typing import Protocol

import redis
from django.conf import settings

logger = logging.getLogger(__name__)
KEY = "outbox:bell"
MAX_WAIT_S = 4.0  # for one ring; a Redis that hangs is noticed two seconds later
PAUSE_S = 1.0  # after a failure, so that a Redis that hangs is not asked again for every commit


class Bell(Protocol):
    def ring(self) -> None:
        """Wake a waiting relay, or the next one that waits."""

    def wait(self) -> None:
        """Return after the next ring, at the latest after `MAX_WAIT_S`."""


class ProcessBell:
    """Between threads of one process."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def wait(self) -> None:
        self._rung.wait(MAX_WAIT_S)
        self._rung.clear()


class RedisBell:
    """Between processes: a Redis list of one element, pushed by a thread, so that a commit never waits for Redis."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, **settings.REDIS_TIMEOUTS)
        self._waiting = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=MAX_WAIT_S + 2)
        self._rung = threading.Event()
        self._starting = threading.Lock()
        self._pid = 0  # of the process whose thread pushes

    def ring(self) -> None:
        self._rung.set()
        if self._pid != os.getpid():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._push_rings, name="outbox-bell", daemon=True).start()

    def _push_rings(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()
            try:
                with self._redis.pipeline(transaction=False) as pipeline:
                    pipeline.lpush(KEY, 1)
                    pipeline.ltrim(KEY, 0, 0)
                    pipeline.execute()
            except redis.RedisError as error:
                logger.warning("the relay was not woken; the periodic task delivers: %r", error)
                threading.Event().wait(PAUSE_S)

    def wait(self) -> None:
        try:
            self._waiting.blpop([KEY], timeout=MAX_WAIT_S)
        except redis.RedisError as error:
            logger.warning("the bell does not answer; the outbox is read every second: %r", error)
            threading.Event().wait(PAUSE_S)


@cache
def bell() -> Bell:
    """The bell of this site."""
    return RedisBell(settings.REDIS_URLS["realtime"]) if settings.REDIS_URL else ProcessBell()
