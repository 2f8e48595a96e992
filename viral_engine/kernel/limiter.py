"""Rate limits in fixed windows, shared by all processes through the cache."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import BaseCache, caches
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from viral_engine.kernel.client_identity import client_ip, keyed_hash
from viral_engine.kernel.clock import now

logger = logging.getLogger(__name__)
MAX_OWN_COUNTS = 100_000  # Django's 300 would forget the counts of everybody else as soon as one script calls often
_own = LocMemCache("limiter", {"OPTIONS": {"MAX_ENTRIES": MAX_OWN_COUNTS}})


def allow(bucket: str, who: str, *, limit: int, window_s: int) -> bool:
    """Count one use; False once `who` has used the bucket more than `limit` times in this window.

    While the cache cannot be reached, each process counts on its own up to half the limit.

    Cost    2 cache round trips, no SQL.
    """
    key = _key(bucket, who, window_s)
    try:
        return _count(caches["shared"], key, window_s) <= limit
    except RedisError:
        logger.warning("limiter: cache unreachable, counting in this process")
        return _count(_own, key, window_s) <= max(1, limit // 2)


def give_back(bucket: str, who: str, *, window_s: int) -> None:
    """Undo one use that turned out not to count."""
    _each_store(lambda store, key: store.decr(key), _key(bucket, who, window_s))


def forget(bucket: str, who: str, *, window_s: int) -> None:
    """Start the count of this window again."""
    _each_store(lambda store, key: store.delete(key), _key(bucket, who, window_s))


def _each_store(change: Callable[[BaseCache, str], object], key: str) -> None:
    """Change a count where it was made: in the cache, or in this process while the cache was away."""
    for store in (caches["shared"], _own):
        try:
            change(store, key)
        except ValueError:  # no such count here
            continue
        except RedisError:
            logger.warning("limiter: cache unreachable, a count stays as it is")


def _key(bucket: str, who: str, window_s: int) -> str:
    window = int(now().timestamp()) // window_s
    return f"limit:{bucket}:{keyed_hash('limiter', who)}:{window}"


def _count(store: BaseCache, key: str, window_s: int) -> int:
    if store.add(key, 1, timeout=window_s * 2):
        return 1
    try:
        return store.incr(key)
    except ValueError:  # the key expired between the two commands
        store.set(key, 1, timeout=window_s * 2)
        return 1


View = Callable[..., HttpResponse]


def limited(bucket: str, *, limit: int, window_s: int) -> Callable[[View], View]:
    """Decorate a view: it answers 429 once one IP address has used it more than `limit` times in a window."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if allow(bucket, client_ip(request), limit=limit, window_s=window_s):
                return view(request, *args, **kwargs)
            response = render(request, "429.html", status=429)
            response["Retry-After"] = str(window_s)
            return response

        return guarded

    return decorate
