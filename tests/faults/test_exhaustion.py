"""Redis takes no more writes, and a web process has no more descriptors; both come back by themselves."""

import asyncio
import socket
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress

import pytest
from redis import Redis

from monitoring.health.system import used_descriptors_share
from tests.concurrency import within
from tests.faults.invariants import assert_invariants
from tests.faults.stage import staged
from tests.servers import Server, free_port, launched
from tests.sockets import database_of_the_test, in_thread, until
from viral_engine.accounts.models import Cohort, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
OWN_S, RETURN_S, POLL_S = 10, 5, 8
DESCRIPTORS = 128


def status(server: Server, path: str) -> int:
    """0 where no answer came."""
    try:
        with urllib.request.urlopen(server.url + path, timeout=5) as answer:  # noqa: S310  (loopback)
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


def limit_memory(url: str, value: str) -> None:
    with Redis.from_url(url) as redis:
        redis.config_set("maxmemory", value)


async def test_a_full_redis_is_like_one_that_is_away(members: list[User], cohort: Cohort) -> None:
    """It answers pings and reads; the health check writes, and so notices."""
    async with staged(members, cohort) as stage:
        await in_thread(lambda: limit_memory(stage.store.url, "1"))
        await asyncio.gather(stage.say(0, "from the first"), stage.say(2, "from the second"))
        await until(lambda: "from the first" in stage.heard(1) and "from the second" in stage.heard(3), OWN_S)
        await until(lambda: stage.shows(0, "from the second") and stage.shows(1, "from the first"), POLL_S)
        assert await in_thread(lambda: status(stage.servers[0], "/api/health")) == 503
        assert await in_thread(lambda: status(stage.servers[0], "/api/ready")) == 200
        assert await in_thread(lambda: status(stage.servers[0], "/accounts/login/")) == 200
        await in_thread(lambda: limit_memory(stage.store.url, "0"))
        every = ["before", "from the first", "from the second"]
        await until(lambda: all(sorted(stage.heard(client)) == every for client in range(4)), RETURN_S)
        assert await in_thread(lambda: status(stage.servers[0], "/api/health")) == 200
        await in_thread(lambda: assert_invariants(stage.store.url))


def test_a_process_without_descriptors_answers_again_when_they_are_free() -> None:
    """More silent connections than descriptors: the site closes those that ask for nothing, and misses nobody after."""
    port = free_port()
    environment = {"DATABASE_URL": database_of_the_test(), "REDIS_URL": "", "SITE_URL": f"http://127.0.0.1:{port}"}
    command = ["-c", LIMITED, str(DESCRIPTORS), "manage.py", "web", "--port", str(port)]
    with launched(command, port=port, environment=environment) as server, ExitStack() as stack:
        assert status(server, "/api/health/live") == 200
        for _ in range(2 * DESCRIPTORS):
            with suppress(OSError):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=1))
        assert (used_descriptors_share() or 0) >= 0.8  # the alert's threshold
        assert within(15, lambda: status(server, "/accounts/login/") == 200)
        assert server.process.poll() is None


LIMITED = """
import resource, runpy, sys
del sys.argv[0]
limit = int(sys.argv.pop(0))
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
