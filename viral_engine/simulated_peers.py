"""Simulated people who make `manage.py serve` lively: real sockets to the site itself, real services, a human pace.

They are marked twice: in the data by `is_simulated`, and in every list by "(sim)" after the first name. They cannot log
in and take no offers, counts of people (referrals, experiments) leave them out, and they never run in production.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from random import Random
from urllib.parse import urlencode
from uuid import UUID

import websockets
from django.contrib.auth.hashers import make_password
from django.db import transaction

from presence.db import run_in_db_thread
from presence.rules import SITE_TOPIC
from presence.tokens import token_for
from presence.transport import protocol
from viral_engine.accounts.models import Cohort, Role, User
from viral_engine.accounts.services import cohorts, friends
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Skill
from viral_engine.learning.services import attempts, completion

logger = logging.getLogger(__name__)
PREFIX, MARK = "sim-", "(sim)"
HEARTBEAT_S = 25.0
COMES_BACK_S = (2.0, 4.0)  # after a failed connection
# Name, subject, share of right answers.
CREW = (
    ("Robin", "math", 0.9),
    ("Sky", "math", 0.6),
    ("Quinn", "reading", 0.75),
    ("Max", "math", 0.8),
    ("Noor", "science", 0.7),
)


# -- Accounts ---------------------------------------------------------------------------------------------------
@transaction.atomic
def enroll_peers(*, at: datetime) -> dict[str, int]:
    """Create the crew in the first cohort: two are friends of ada, and one has sent her a friend request.

    Shape  {"Robin": 17, ...}; a name that a real person has is left out. Repeating it changes nothing.
    """
    ids = {}
    for name, _, _ in CREW:
        user, is_new = User.objects.get_or_create(username=PREFIX + name.lower(), defaults=_described(name, at))
        if user.is_simulated:
            ids[name] = user.pk
        if is_new:
            _introduce(user, name, at)
    return ids


def _described(name: str, at: datetime) -> dict[str, object]:
    return {
        "first_name": f"{name} {MARK}",
        "role": Role.STUDENT,
        "birthdate": date(at.year - 14, 1, 15),
        "grade": 8,
        "avatar": ("mint", "amber", "coral", "sky", "rose")[[one for one, _, _ in CREW].index(name)],
        "password": make_password(None),
        "growth_prompts": False,
        "email_updates": False,
        "is_simulated": True,
    }


def _introduce(user: User, name: str, at: datetime) -> None:
    cohort = Cohort.objects.order_by("pk").first()
    if cohort is not None:
        cohorts.join_cohort(cohort=cohort, user=user, at=at)
    ada = User.objects.filter(username="ada").first()
    if ada is not None and name in {"Robin", "Sky"}:
        friends.accept_invite(sender=user, by=ada, at=at)
    elif ada is not None and name == "Quinn":
        friends.request_friend(asker=user, asked=ada, at=at)


# -- Behavior ---------------------------------------------------------------------------------------------------
class Peer:
    """A simulated person: visits the site, practices a few times, leaves, and comes back."""

    def __init__(self, *, user_id: int, subject: str, strength: float, port: int, pace: float) -> None:
        self.user_id = user_id
        self.subject = subject
        self.strength = strength
        self.port = port
        self.pace = pace  # 1.0 is human; tests use less
        self.dice = Random(f"{subject}:{strength}")  # noqa: S311  (the same habits every time)

    async def live(self) -> None:
        """Visit again and again until cancelled. An error ends the visit, never the process."""
        await self._pause(0.2, 3.0)
        while True:
            try:
                await self._visit()
                await self._pause(15.0, 60.0)
            except (OSError, TimeoutError, websockets.WebSocketException):  # the site is starting or restarting
                await self._pause(*COMES_BACK_S)
            except Exception:
                logger.exception("simulated peer %s takes a break", self.user_id)
                await self._pause(60.0, 120.0)

    async def _visit(self) -> None:
        user = await run_in_db_thread(partial(User.objects.get, pk=self.user_id))
        query = urlencode({"token": token_for(user, now()), "vsn": protocol.VSN})
        where = f"127.0.0.1:{self.port}"
        async with websockets.connect(
            f"ws://{where}/socket/websocket?{query}", origin=websockets.Origin(f"http://{where}"), compression=None
        ) as socket:
            tasks = [asyncio.create_task(work(socket)) for work in (_listen, _beat)]
            try:
                for topic in (f"user:{self.user_id}", SITE_TOPIC, f"subject:{self.subject}"):
                    await socket.send(json.dumps([topic, topic, topic, protocol.JOIN, {}]))
                for _ in range(self.dice.randint(2, 5)):
                    await self._practice()
                    if tasks[0].done():  # the site has closed the socket
                        return
            finally:
                for task in tasks:
                    task.cancel()

    async def _practice(self) -> None:
        """Complete one practice attempt through the services that every learner uses."""
        await self._pause(2.0, 9.0)
        attempt_id, open_places = await run_in_db_thread(self._begin)
        for position in open_places:
            await self._pause(5.0, 14.0)
            is_right = self.dice.random() < self.strength
            await run_in_db_thread(partial(_answer, attempt_id, position, is_right=is_right))
        await self._pause(1.0, 3.0)
        await run_in_db_thread(partial(_finish, attempt_id))

    def _begin(self) -> tuple[UUID, list[int]]:
        """Start an attempt, or resume one that a stopped process left; returns its id and its open questions."""
        user = User.objects.get(pk=self.user_id)
        attempt = Attempt.objects.filter(user=user).unfinished().last()
        if attempt is None:
            skills = list(Skill.objects.all().practicable().filter(subject__slug=self.subject))
            attempt = attempts.start_practice(user=user, skill=self.dice.choice(skills), at=now())
        return attempt.pk, list(attempt.answers.filter(is_correct=None).values_list("position", flat=True))

    async def _pause(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.dice.uniform(least_s, most_s) * self.pace)


def _answer(attempt_id: UUID, position: int, *, is_right: bool) -> None:
    attempt = Attempt.objects.get(pk=attempt_id)
    solution = attempt.answers.select_related("question").get(position=position).question.answer
    choice = solution if is_right else (solution + 1) % 4
    attempts.answer_question(attempt=attempt, position=position, choice=choice, at=now())


def _finish(attempt_id: UUID) -> None:
    attempt = Attempt.objects.select_related("user", "skill", "subject").get(pk=attempt_id)
    completion.finish_attempt(attempt=attempt, at=now())


async def _listen(socket: websockets.ClientConnection) -> None:
    """Read every message: the server cuts a socket that does not."""
    async for _ in socket:
        continue


async def _beat(socket: websockets.ClientConnection) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        await socket.send(json.dumps([None, "beat", protocol.SYSTEM_TOPIC, protocol.HEARTBEAT, {}]))


# -- Thread ---------------------------------------------------------------------------------------------------
class Crew:
    """All simulated people on one daemon thread, which ends with the process or at `stop`."""

    def __init__(self, *, port: int, pace: float = 1.0) -> None:
        ids = enroll_peers(at=now())
        self.peers = [
            Peer(user_id=ids[name], subject=subject, strength=strength, port=port, pace=pace)
            for name, subject, strength in CREW
            if name in ids
        ]
        self.thread = threading.Thread(target=self._run, name="simulated-peers", daemon=True)
        self._stop: Callable[[], object] = lambda: None

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Disconnect them all; wait at most 5 s."""
        self._stop()
        self.thread.join(timeout=5)

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except asyncio.CancelledError:
            pass
        except Exception:
            logger.exception("the simulated peers have stopped")

    async def _live(self) -> None:
        loop, lives = asyncio.get_running_loop(), asyncio.gather(*(peer.live() for peer in self.peers))
        self._stop = lambda: loop.call_soon_threadsafe(lives.cancel)
        await lives
