"""Two web processes are replaced one by one under load; nobody loses a request or a line, on a socket or on a page."""

import contextlib
import operator
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from uuid import uuid4

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.concurrency import within
from tests.factories import browser, cohort_of, person
from tests.faults.front import Front, front
from tests.faults.invariants import assert_invariants
from tests.faults.postgres import Learner
from tests.faults.readers import Reader, listening
from tests.servers import Server, redis_server
from tests.sockets import serving
from tests.steps.browser import open_chromium
from viral_engine.kernel.clock import now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.browser]
T = TypeVar("T")
NAMES = ["Maple", "Birch", "Cedar", "Aspen", "Hazel", "Rowan"]
WORDS = ["one", "two", "three", "four", "five"]  # one line each; six are allowed in 20 s
SOCKETS = 4  # a person and process may hold five
DRAIN_S = 0.5  # five looks of the front
RETURNED_S = 5.0  # from the stop of a process until the last of its sockets is back: the aim


@dataclass
class Load:
    """People who write lines and look at pages without a pause, through the front."""

    people: list[Learner]
    cohort: int
    failed: list[str] = field(default_factory=list)
    written: int = 0
    requests: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def browse(self, learner: Learner) -> None:
        while not self.stop.is_set():
            self._note(learner.status("/friends/") == 200, "a page")
            threading.Event().wait(0.05)

    def write(self, learner: Learner, name: str, go_on: Callable[[], bool]) -> None:
        """A line, five times; the first before the deploy and the last after it."""
        for number, word in enumerate(WORDS):
            while number == len(WORDS) - 1 and go_on() and not self.stop.is_set():
                threading.Event().wait(0.1)
            line = {"text": f"{name} counts to {word}", "key": str(uuid4())}
            status, text = learner.post(f"/cohorts/{self.cohort}/messages/", line)
            self._note(status == 200 and "too fast" not in text, f"{line}: {status}")
            self.written += 1
            threading.Event().wait(0.5)

    def _note(self, succeeded: bool, what: str) -> None:
        self.requests += 1
        if not succeeded:
            self.failed.append(what)


def apart(act: Callable[[], T]) -> T:
    """Do database work on another thread: Django refuses it in the thread of Playwright's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def lines_on(page: Page) -> list[str]:
    return page.locator("#chat .said p:last-child").all_inner_texts()


def test_a_deploy_under_load_fails_no_request_and_loses_no_line(catalogue: None) -> None:
    users = [person(name) for name in NAMES]
    cohort = cohort_of(*users, at=now())
    sessions = [browser(user).cookies["sessionid"].value for user in users]
    with contextlib.ExitStack() as stack:
        redis, _ = stack.enter_context(redis_server())
        balancer = stack.enter_context(front())
        start = partial(start_process, stack, balancer, redis)
        old = in_pairs(start)
        balancer.wait_for(*(server.port for server in old))
        page = stack.enter_context(opened_page(balancer, sessions[0], f"/cohorts/{cohort.pk}/"))
        people = [Learner(balancer, session) for session in sessions]
        load = Load(people, cohort.pk)
        readers = [Reader(balancer, users[number % len(users)]) for number in range(SOCKETS * len(users))]
        stack.enter_context(listening(readers, f"cohort:{cohort.pk}"))
        pool = stack.enter_context(ThreadPoolExecutor(len(people) + 2))
        stack.callback(load.stop.set)
        is_deploying = threading.Event()
        is_deploying.set()
        wrote = partial(load.write, go_on=is_deploying.is_set)
        writers = [pool.submit(wrote, one, name) for one, name in zip(people, NAMES, strict=True)]
        browsing = [pool.submit(load.browse, one) for one in people[:2]]
        for stopping, fresh in zip(old, in_pairs(start), strict=True):
            staying = [port for port in balancer.ports if port != stopping.port]
            balancer.ports.append(fresh.port)
            assert within(30, partial(operator.contains, balancer.ready, fresh.port))
            stopping.signal(signal.SIGTERM)
            stopping.process.wait(30)
            balancer.wait_for(*staying, fresh.port)
        is_deploying.clear()
        for writer in writers:
            writer.result(60)
        load.stop.set()
        for one in browsing:
            one.result(60)
        everything = set(range(1, load.written + 1))
        assert load.written == len(WORDS) * len(NAMES)
        assert within(RETURNED_S, lambda: all(reader.numbers == everything for reader in readers))
        assert sum(reader.returns for reader in readers) >= 2 * len(readers)  # each lost its process at least once
        assert within(RETURNED_S, lambda: len(lines_on(page)) == load.written)
        shown = lines_on(page)
        page.reload()
        assert lines_on(page) == shown
        assert (load.failed, load.requests > 100) == ([], True)
        apart(lambda: assert_invariants(redis))
        print(f"{load.requests} requests and {load.written} lines on {len(readers)} sockets: none failed or lost")


def in_pairs(start: Callable[[], Server]) -> list[Server]:
    with ThreadPoolExecutor(2) as pool:
        return [started.result() for started in [pool.submit(start), pool.submit(start)]]


def start_process(stack: contextlib.ExitStack, balancer: Front, redis: str) -> Server:
    more = {"SITE_URL": balancer.url, "SHUTDOWN_DRAIN_S": str(DRAIN_S)}
    return stack.enter_context(serving(redis_url=redis, more=more))


@contextlib.contextmanager
def opened_page(balancer: Front, session: str, path: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        context = open_chromium(playwright).new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": balancer.url}])
        page = context.new_page()
        page.goto(balancer.url + path)
        page.locator("p.live").first.wait_for()
        yield page
        page.goto("about:blank")
