"""Caches in Redis for a site that goes on while Redis fails or hangs.

After a failure no cache of this process asks the server for five seconds, so one caller waits for it and the others do
not. The state belongs to the process: Django makes a cache object for each request.
"""

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any, TypeVar

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)
T = TypeVar("T")
Command = Callable[[BaseCache], T]
PAUSE_S = 5.0  # after a failure, in which Redis is not asked
MAX_AGE_S = 60  # of an optional entry, because its deletion may fail
MAX_OWN_ENTRIES = 10_000  # in this process, while Redis is away

_resumes_s: dict[str, float] = {}  # when the server is asked again


class RedisPaused(redis.ConnectionError):
    """Redis failed a moment ago, and is not asked now."""


class GuardedCache(BaseCache):
    """A cache in Redis; `_run` says what happens while Redis is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._server = server
        self._redis = RedisCache(server, params)

    @abstractmethod
    def _run(self, command: Command[T]) -> T:
        """Run the command on Redis, or whatever stands in for it."""

    def _ask_redis(self, command: Command[T]) -> T:
        """Raises  RedisError, at once where Redis failed in the last five seconds."""
        if monotonic() < _resumes_s.get(self._server, 0.0):
            raise RedisPaused("Redis is not asked for a moment")
        try:
            return command(self._redis)
        except redis.RedisError as error:
            _resumes_s[self._server] = monotonic() + PAUSE_S
            logger.warning("the cache does not answer: %r", error)
            raise

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._run(lambda store: store.get(key, default, version))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._run(lambda store: store.add(key, value, timeout, version))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._run(lambda store: store.set(key, value, timeout, version))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._run(lambda store: store.touch(key, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._run(lambda store: store.delete(key, version))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._run(lambda store: store.has_key(key, version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raises  ValueError for a key that is not there."""
        return self._run(lambda store: store.incr(key, delta, version))

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        wanted = list(keys)
        return self._run(lambda store: store.get_many(wanted, version))

    def set_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        values = dict(data)
        return self._run(lambda store: store.set_many(values, timeout, version))

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        unwanted = list(keys)
        self._run(lambda store: store.delete_many(unwanted, version))

    def clear(self) -> None:
        self._run(lambda store: store.clear())


class SharedRedisCache(GuardedCache):
    """One cache for all processes, or a RedisError: for limits and claims, whose callers do something about it."""

    def _run(self, command: Command[T]) -> T:
        return self._ask_redis(command)


class FallbackRedisCache(GuardedCache):
    """A cache for code that knows no Redis, allauth's limits above all: while it is away, each process has its own."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache(f"instead of {server}", params | {"OPTIONS": {"MAX_ENTRIES": MAX_OWN_ENTRIES}})

    def _run(self, command: Command[T]) -> T:
        try:
            return self._ask_redis(command)
        except redis.RedisError:
            return command(self._own)


class OptionalRedisCache(GuardedCache):
    """A cache in front of a table: while Redis is away nothing is found and nothing is kept.

    An entry that could not be deleted is gone after a minute.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._nothing = DummyCache("", {})

    def set(self, key: Any, value: Any, timeout: Any = MAX_AGE_S, version: int | None = None) -> None:
        super().set(key, value, MAX_AGE_S if timeout is None else min(timeout, MAX_AGE_S), version)

    def _run(self, command: Command[T]) -> T:
        try:
            return self._ask_redis(command)
        except redis.RedisError:
            return command(self._nothing)
