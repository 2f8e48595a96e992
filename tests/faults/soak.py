"""`make soak`: one site under load for an hour, a fault every five minutes; availability, losses and recovery printed.

It starts a PostgreSQL, a Redis, a relay and two web processes behind a load balancer, and runs this module again inside
of them. Each recovery lasts from the end of the fault until a page answers and a new line has reached every reader.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any
from uuid import uuid4

import django

from tests.servers import ROOT

WRITERS, READERS = 10, 8
LINE_EVERY_S = 4.0  # of each writer: six are allowed in 20 s
AWAY_S = 3.0  # a Redis that hangs, and a network that is cut
RECOVERS_S = 30.0  # more is a failure
FOLDER, PORT = "SOAK_FOLDER", "SOAK_PORT"  # of the database, for the run inside


@dataclass
class Soak:
    """The running site, its load, and what was measured."""

    minutes: float
    stack: contextlib.ExitStack
    store: Any
    cluster: Any
    network: Any
    front: Any
    people: list[Any] = field(default_factory=list)
    readers: list[Any] = field(default_factory=list)
    webs: list[Any] = field(default_factory=list)
    relay: Any = None
    cohort: int = 0
    asked: int = 0
    answered: int = 0
    acknowledged: list[int] = field(default_factory=list)
    recoveries: list[tuple[str, float]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    # -- Load --------------------------------------------------------------------------------------------
    def browse(self, learner: Any) -> None:
        while not self.stop.wait(0.5):
            self.note(self.status(learner) == 200)

    def write(self, learner: Any) -> None:
        """One line after the other, each again with its key until it is acknowledged."""
        while not self.stop.wait(LINE_EVERY_S):
            self.say(learner)

    def say(self, learner: Any) -> None:
        line, is_said = {"text": "Fractions are fun", "key": str(uuid4())}, False
        while not is_said:
            status, text = learner.post(f"/cohorts/{self.cohort}/messages/", line)
            is_said = status == 200 and "too fast" not in text and "Password" not in text
            self.note(status == 200)
            if not is_said and self.stop.wait(0.2):
                return
        self.acknowledged.append(1)

    def note(self, is_answered: bool) -> None:
        self.asked += 1
        self.answered += is_answered

    @staticmethod
    def status(learner: Any) -> int:
        try:
            return int(learner.status("/friends/"))
        except OSError:
            return 0

    # -- Faults ------------------------------------------------------------------------------------------
    def start_web(self, redis_url: str = "") -> Any:
        from tests.sockets import serving

        more = {
            "SITE_URL": self.front.url,
            "SHUTDOWN_DRAIN_S": "0.5",
            "TRUSTED_PROXY_HOPS": "1",
            "OUTBOX_EAGER": "false",
        }
        server = self.stack.enter_context(serving(redis_url=redis_url or self.store.url, more=more))
        self.front.ports.append(server.port)
        return server

    def end_web(self, how: signal.Signals) -> None:
        """End the second process, and start another."""
        ended = self.webs.pop()
        ended.signal(how)
        ended.process.wait(40)
        self.front.ports.remove(ended.port)
        self.front.ready.discard(ended.port)
        self.webs.append(self.start_web())

    def nothing(self) -> None:
        """No fault at all."""

    def kill_web(self) -> None:
        self.end_web(signal.SIGKILL)

    def replace_web(self) -> None:
        self.end_web(signal.SIGTERM)

    def restart_redis(self) -> None:
        self.store.kill()
        self.store.start()

    def hang_redis(self) -> None:
        self.store.hang()
        self.stop.wait(AWAY_S)
        self.store.go_on()

    def flush_redis(self) -> None:
        from redis import Redis

        with Redis.from_url(self.store.url) as redis:
            redis.flushall()

    def cut_network(self) -> None:
        self.network.cut()
        self.stop.wait(AWAY_S)
        self.network.heal()

    def freeze_connections(self) -> None:
        self.network.half_open()

    def restart_postgres(self) -> None:
        self.cluster.stop()
        self.cluster.start()

    def kill_relay(self) -> None:
        self.relay.kill()
        self.relay.wait()
        self.relay = self.start_relay()

    def start_relay(self) -> "subprocess.Popen[bytes]":
        environment = os.environ | {"REDIS_URL": self.store.url, "OUTBOX_EAGER": "false"}
        relay = subprocess.Popen([sys.executable, "manage.py", "relay"], cwd=ROOT, env=environment)
        self.stack.callback(relay.kill)
        return relay

    def faults(self) -> list[Callable[[], None]]:
        return [
            self.kill_web,
            self.restart_redis,
            self.hang_redis,
            self.flush_redis,
            self.cut_network,
            self.freeze_connections,
            self.restart_postgres,
            self.kill_relay,
            self.replace_web,
        ]

    def strike(self, fault: Callable[[], None]) -> None:
        """Cause the fault, and measure how long the site takes afterwards."""
        fault()
        ended_s = monotonic()
        self.say_until_heard(ended_s + RECOVERS_S)
        self.recoveries.append((fault.__name__.replace("_", " "), monotonic() - ended_s))
        print(f"{self.recoveries[-1][0]:<20} recovered after {self.recoveries[-1][1]:5.1f} s", flush=True)

    def say_until_heard(self, deadline_s: float) -> None:
        from tests.concurrency import within

        within(deadline_s - monotonic(), lambda: self.status(self.people[0]) == 200)
        self.say(self.people[0])
        within(max(0.0, deadline_s - monotonic()), self.all_heard)

    def all_heard(self) -> bool:
        """Whether every reader has every line that was acknowledged by now; numbers have no gaps."""
        known = set(range(1, len(self.acknowledged) + 1))
        return all(known <= reader.numbers for reader in self.readers)

    # -- The whole ---------------------------------------------------------------------------------------
    def run(self) -> bool:
        """Strike until the time is over, each fault once at least; whether nothing was lost."""
        faults, ends_s = self.faults(), monotonic() + 60 * self.minutes
        pause_s = max(0.0, min(300.0, 60 * self.minutes / len(faults) - 10))
        self.strike(self.nothing)  # the same measure without a fault
        if self.recoveries[0][1] >= RECOVERS_S:
            return self.report()
        with ThreadPoolExecutor(WRITERS + 4) as pool:
            for learner in self.people:
                pool.submit(self.write, learner)
            for learner in self.people[:2]:
                pool.submit(self.browse, learner)
            for number, fault in enumerate(cycle(faults)):
                if number >= len(faults) and monotonic() >= ends_s:
                    break
                self.strike(fault)
                self.stop.wait(pause_s)
            self.stop.set()
        return self.report()

    def report(self) -> bool:
        from tests.concurrency import within

        has_all = within(RECOVERS_S, self.all_heard)
        lost = sum(len(set(range(1, len(self.acknowledged) + 1)) - reader.numbers) for reader in self.readers)
        slowest = max(self.recoveries, key=lambda one: one[1])
        print(f"Availability {self.answered / self.asked:.3%} of {self.asked} requests")
        print(f"{len(self.acknowledged)} lines acknowledged, {lost} of them missing on {len(self.readers)} readers")
        print(f"{len(self.recoveries)} faults; the slowest recovery: {slowest[0]}, {slowest[1]:.1f} s")
        return has_all and slowest[1] < RECOVERS_S


# -- Inside --------------------------------------------------------------------------------------------------
def inside(minutes: float, sockets: int) -> bool:
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from tests.faults.front import front
    from tests.faults.invariants import assert_invariants
    from tests.faults.postgres import Cluster
    from tests.faults.proxy import proxied
    from tests.faults.readers import Reader, listening
    from tests.faults.stage import own_redis

    call_command("migrate", verbosity=0)
    users, cohort, learners = make_people(sockets)
    with contextlib.ExitStack() as stack:
        store, balancer = stack.enter_context(own_redis()), stack.enter_context(front())
        network = stack.enter_context(proxied(store.port))
        soak = Soak(minutes, stack, store, Cluster(Path(os.environ[FOLDER]), int(os.environ[PORT])), network, balancer)
        soak.people, soak.cohort = learners(balancer), cohort
        soak.relay = soak.start_relay()
        with ThreadPoolExecutor(2) as pool:
            soak.webs = list(pool.map(soak.start_web, [f"redis://127.0.0.1:{network.port}/0", store.url]))
        balancer.wait_for(*(server.port for server in soak.webs))
        soak.readers = [Reader(balancer, users[number]) for number in range(READERS)]
        connections.close_all()
        stack.enter_context(crowd(balancer, users, sockets - READERS, f"cohort:{cohort}"))
        with listening(soak.readers, f"cohort:{cohort}"):
            is_sound = soak.run()
        connections.close_all()
        assert_invariants(store.url, "ledger", "reward_keys", "outbox", "chat", "standings", "audit", "growth")
    return is_sound


def make_people(sockets: int) -> tuple[list[Any], int, Callable[[Any], list[Any]]]:
    """Learners of one cohort, four sockets each, and the writers among them as browsers that are logged in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from benchmarks.clients import create_learners
    from benchmarks.feed import cohort_of
    from tests.faults.postgres import Learner
    from viral_engine.accounts.models import User

    ids = create_learners(max(WRITERS, READERS, sockets // 4 + 1))
    cohort = cohort_of(ids)
    users = list(User.objects.filter(pk__in=ids).order_by("pk"))
    keys = []
    for user in users[:WRITERS]:
        session = SessionStore()
        session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0]})
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        keys.append(session.session_key or "")
    return users, cohort, lambda balancer: [Learner(balancer, key) for key in keys]


@contextlib.contextmanager
def crowd(balancer: Any, users: list[Any], sockets: int, topic: str) -> Iterator[None]:
    """Sockets that join, listen and come back, on a loop of their own."""
    import asyncio

    from benchmarks.clients import socket_urls
    from benchmarks.load_clients import LoadClients

    fleet = LoadClients(socket_urls(balancer, [user.pk for user in users], sockets), origin=balancer.url, topic=topic)
    fleet.joins_at_once = fleet.comes_back = True
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(fleet.connect(), loop).result(120)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(fleet.close(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--sockets", type=int, default=1000)
    options = parser.parse_args()
    if FOLDER in os.environ:
        return 0 if inside(options.minutes, options.sockets) else 1
    from tests.faults.postgres import own_cluster

    with TemporaryDirectory(prefix="soak-") as name, own_cluster(Path(name)) as cluster:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "viral_engine.settings",
            "DATABASE_URL": cluster.url,
            "REDIS_URL": "",
            FOLDER: name,
            PORT: str(cluster.port),
        }
        return subprocess.run(
            [sys.executable, "-m", "tests.faults.soak", *sys.argv[1:]], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    raise SystemExit(main())
