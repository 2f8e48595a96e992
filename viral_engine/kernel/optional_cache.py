"""A cache that may be missing: while Redis fails or hangs, nothing is found and nothing is kept, and nobody waits."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

import redis
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)
T = TypeVar("T")
PAUSE_S = 5.0  # after a failure, in which Redis is not asked
MAX_AGE_S = 60  # of an entry, because its deletion may fail


class OptionalRedisCache(RedisCache):
    """Django's Redis cache without its errors. An entry that could not be deleted is gone after a minute."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._resumes_s = 0.0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda: RedisCache.get(self, key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = MAX_AGE_S, version: int | None = None) -> None:
        age_s = MAX_AGE_S if timeout is None else min(timeout, MAX_AGE_S)
        self._ask(lambda: RedisCache.set(self, key, value, age_s, version), None)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda: RedisCache.delete(self, key, version), False)  # noqa: FBT003

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda: RedisCache.has_key(self, key, version), False)  # noqa: FBT003

    def _ask(self, call: Callable[[], T], otherwise: T) -> T:
        if monotonic() < self._resumes_s:
            return otherwise
        try:
            return call()
        except redis.RedisError as error:
            self._resumes_s = monotonic() + PAUSE_S
            logger.warning("the cache does not answer: %r", error)
            return otherwise
