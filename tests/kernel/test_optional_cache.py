"""The caches while Redis is away, and while it accepts connections and never answers."""

import socket
from collections.abc import Iterator
from time import perf_counter

import pytest
from redis.exceptions import RedisError

from tests.servers import free_port
from viral_engine.kernel.optional_cache import FallbackRedisCache, OptionalRedisCache, SharedRedisCache

PARAMS = {"OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}}


@pytest.fixture
def nowhere() -> str:
    return f"redis://127.0.0.1:{free_port()}/0"


@pytest.fixture
def hanging() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_cache_of_this_process_stands_in_for_redis(nowhere: str) -> None:
    cache = FallbackRedisCache(nowhere, PARAMS)
    assert cache.add("lock", 1) is True
    assert cache.add("lock", 1) is False
    assert (cache.incr("lock"), cache.decr("lock"), cache.get("lock")) == (2, 1, 1)
    cache.set_many({"a": 1, "b": 2})
    assert FallbackRedisCache(nowhere, PARAMS).get_many(["a", "b", "c"]) == {"a": 1, "b": 2}  # of another request
    assert (cache.touch("a"), cache.delete("a"), cache.has_key("a")) == (True, True, False)
    cache.delete_many(["b"])
    assert cache.get("b") is None
    with pytest.raises(ValueError, match="gone"):
        cache.incr("gone")


def test_the_shared_cache_fails_where_others_would_not_see_its_entries(nowhere: str) -> None:
    for _ in range(2):
        with pytest.raises(RedisError):
            SharedRedisCache(nowhere, PARAMS).add("claim", 1)


def test_the_optional_cache_finds_nothing(nowhere: str) -> None:
    cache = OptionalRedisCache(nowhere, PARAMS)
    cache.set("session", {"user": 1})
    assert (cache.get("session", "none"), cache.delete("session"), cache.has_key("session")) == ("none", False, False)


def test_one_caller_waits_for_a_redis_that_hangs_and_the_next_ones_do_not(hanging: str) -> None:
    FallbackRedisCache(hanging, PARAMS).set("key", 1)
    started = perf_counter()
    for _ in range(100):
        assert FallbackRedisCache(hanging, PARAMS).get("key") == 1
        with pytest.raises(RedisError):
            SharedRedisCache(hanging, PARAMS).get("key")
    assert perf_counter() - started < 0.3  # less than one wait
