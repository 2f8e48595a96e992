"""Learners for Locust: each holds a socket, practices, looks at pages, chats and follows links.

`manage.py loadtest` runs this file headless and gives it a plan: people with their sessions and socket tokens, the
number of users, the seconds of each phase, and where to write the result.
"""

import json
import os
import random
import re
import time
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import gevent
from locust import FastHttpUser, LoadTestShape, events, task
from locust.env import Environment

from tests.load.measures import MARK, MEASURE, RAMP, SETTLE, Measures, say, stamp
from tests.load.phoenix import PhoenixSocket
from tests.load.websocket import SocketClosed, WebSocket

PLAN: dict[str, Any] = json.loads(Path(os.environ["LOADTEST_PLAN"]).read_text())
CSRF = "b" * 32
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
QUESTIONS = 5
HEARTBEAT_S, PROGRESS_S = 30, 2
QUIET_S, MAX_SETTLE_S = 2, 20  # the run ends when no numbered frame came for so long
ALL_TRIED_S = 30  # the ramp waits so long for sockets that are slow to open
# Of ten things a learner does, three are practice; each attempt is one orchestrated event, and some are shared as well.
PRACTICE, PAGES, CHAT, FOLLOW = 3, 4, 2, 1
SHARE_RATE, CHALLENGE_RATE = 0.5, 0.25
EVENTS_PER_ACTION = PRACTICE / (PRACTICE + PAGES + CHAT + FOLLOW) * (1 + SHARE_RATE + CHALLENGE_RATE)
PAUSE_S = PLAN["users"] * EVENTS_PER_ACTION / PLAN["events_per_s"]  # between two actions of one learner
LINK = re.compile(r"/r/([A-Za-z0-9]{8}\.[0-9a-f]{16})")

measures = Measures()
learners: list["Learner"] = []
waiting_people = deque(PLAN["people"])
links: deque[str] = deque(maxlen=500)


def pause(seconds: float) -> None:
    gevent.sleep(seconds)


class Learner(FastHttpUser):
    """One person: a socket from start to end, and something to do every `PAUSE_S` seconds on average."""

    host = PLAN["urls"][0]
    network_timeout = connection_timeout = 30.0

    def on_start(self) -> None:
        self.person = waiting_people.popleft()
        waiting_people.append(self.person)
        self.site = PLAN["urls"][self.person["number"] % len(PLAN["urls"])]
        number = self.person["number"]
        self.headers = {
            "Cookie": f"sessionid={self.person['session']}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "User-Agent": BROWSER,
            "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        }
        self.socket: PhoenixSocket | None = None
        self._open_socket()
        learners.append(self)
        self.due_at = time.monotonic() + random.uniform(0, PAUSE_S)
        pause(self.wait_time())

    def wait_time(self) -> float:
        """Seconds until the next action is due; a slow site makes a learner late, not less busy."""
        wait_s = max(self.due_at - time.monotonic(), 0.0)
        self.due_at += PAUSE_S * random.uniform(0.5, 1.5)
        return wait_s

    def on_stop(self) -> None:
        if self.socket is not None:
            self.socket.close()

    # -- The socket --------------------------------------------------------------------------------------
    def _open_socket(self) -> None:
        where = urlsplit(self.site)
        query = urlencode({"token": self.person["token"], "vsn": "2.0.0"})
        started, error = time.perf_counter(), ""
        try:
            path = f"/socket/websocket?{query}"
            socket = WebSocket(where.hostname or "", where.port or 80, path, origin=self.site)
        except (OSError, SocketClosed) as failure:
            error = str(failure)
        measures.note_action("socket: connect", (time.perf_counter() - started) * 1000, error)
        if not error:
            self.socket = PhoenixSocket(socket, measures)
            for topic in ("subject:math", self.person["topic"]):
                self.socket.ask(topic, "phx_join", {}, f"socket: join {topic.partition(':')[0]}")

    # -- Actions -----------------------------------------------------------------------------------------
    @task(PRACTICE)
    def practice(self) -> None:
        if measures.phase == SETTLE:
            return
        where = self._act("POST", f"/practice/start/{random.choice(PLAN['skills'])}/", "practice: start")
        if not where:
            return
        attempt = where.rstrip("/").rpartition("/")[2]
        self._act("GET", where, "practice: page")
        for position in range(QUESTIONS):
            pause(random.uniform(*PLAN["think_s"]))
            choice = 0 if position < QUESTIONS - 1 else random.choice((0, 1))
            self._act("POST", f"{where}answer/", "practice: answer", {"position": position, "choice": choice})
        if self._act("POST", f"{where}finish/", "practice: finish"):
            self._look_at_result(attempt)

    def _look_at_result(self, attempt: str) -> None:
        self._act("GET", f"/results/{attempt}/", "page: result")
        pause(random.uniform(*PLAN["think_s"]))
        links.extend(LINK.findall(self._act("POST", f"/loops/after/{attempt}/", "offer under the result"))[:1])
        if random.random() < SHARE_RATE:
            self._act("POST", "/feed/share/", "feed: share", {"result": attempt})
        if random.random() < CHALLENGE_RATE:
            self._act("POST", f"/loops/challenge/{attempt}/", "challenge a friend")

    @task(PAGES)
    def look(self) -> None:
        cohort = self.person["topic"].partition(":")[2]
        pages = {"home": "/", "feed": "/feed/", "boards": "/leaderboards/", "cohort": f"/cohorts/{cohort}/"}
        name = random.choice(list(pages))
        self._act("GET", pages[name], f"page: {name}")

    @task(CHAT)
    def chat(self) -> None:
        if measures.phase != SETTLE and self.socket is not None and self.socket.is_open:
            self.socket.ask(self.person["topic"], "send_message", {"text": f"My {MARK}{stamp()}"}, "socket: chat line")

    @task(FOLLOW)
    def follow(self) -> None:
        if links:
            landing = self._act("GET", f"/r/{random.choice(links)}?via=copy", "link: follow")
            if landing:
                self._act("GET", landing, "link: landing page")

    def _act(self, method: str, path: str, name: str, data: dict[str, Any] | None = None) -> str:
        """One request; returns the address it redirects to, or its text, and "" after a failure."""
        headers = self.headers | ({"HX-Request": "true"} if name == "practice: answer" else {})
        options: dict[str, Any] = {"headers": headers, "name": name, "allow_redirects": False}
        with self.client.request(method, self.site + path, data=data, catch_response=True, **options) as response:
            if response.status_code >= 400 or response.status_code == 0:
                response.failure(f"status {response.status_code}")
                return ""
            response.success()
            text: str = (response.headers or {}).get("Location") or response.text or ""
            if "/accounts/login" in text[:40]:
                response.failure("logged out")
                return ""
            return text


class Phases(LoadTestShape):
    """100 users warm the site up, then all arrive, then the run is measured, then frames on their way may land."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._phase_at = time.monotonic()

    def tick(self) -> tuple[int, float] | None:
        spent_s, users = time.monotonic() - self._phase_at, PLAN["users"]
        warm = min(PLAN["warm_up_users"], users)
        if measures.phase == "warm-up" and spent_s < PLAN["warm_up_s"]:
            return warm, max(warm / 5, 1)
        if measures.phase == "warm-up":
            self._enter(RAMP)
        is_full = len(learners) >= users or spent_s > users / PLAN["arrivals_per_s"] + ALL_TRIED_S
        if measures.phase == RAMP and is_full:
            self._enter(MEASURE)
            measures.begin()
        elif measures.phase == MEASURE and spent_s >= PLAN["duration_s"]:
            measures.progress(len(learners))
            self._enter(SETTLE)
            measures.end()
        elif measures.phase == SETTLE and (self._is_quiet(spent_s) or spent_s >= MAX_SETTLE_S):
            return None
        return users, PLAN["arrivals_per_s"]

    @staticmethod
    def _is_quiet(spent_s: float) -> bool:
        return min(spent_s, time.monotonic() - measures.numbered_at_s) >= QUIET_S

    def _enter(self, phase: str) -> None:
        self._phase_at, measures.phase = time.monotonic(), phase
        say(phase=phase)


@events.request.add_listener
def note_request(name: str, response_time: float, exception: BaseException | None, **_: Any) -> None:
    measures.note_action(name, response_time, "" if exception is None else str(exception)[:80])


@events.test_start.add_listener
def start(**_: Any) -> None:
    gevent.spawn(beat)
    gevent.spawn(report_progress)


def beat() -> None:
    """Each second a thirtieth of the sockets beat, so that each does every 30 seconds."""
    second = 0
    while True:
        for learner in learners[second % HEARTBEAT_S :: HEARTBEAT_S]:
            if learner.socket is not None and learner.socket.is_open:
                learner.socket.beat()
        second += 1
        pause(1)


def report_progress() -> None:
    while True:
        pause(PROGRESS_S)
        say(**measures.progress(len(learners)))


@events.test_stopping.add_listener
def write_result(environment: Environment, **_: Any) -> None:
    """Before the users stop, count what their sockets still miss, and write the figures."""
    if not measures.ended_at:
        return  # interrupted: the command says that there is no result
    open_sockets = [learner.socket for learner in learners if learner.socket is not None and learner.socket.is_open]
    measures.lost += sum(socket.missing_at_the_end() for socket in open_sockets)
    Path(PLAN["result"]).write_text(json.dumps(measures.result()))
    environment.process_exit_code = 0  # the command decides about pass and fail
