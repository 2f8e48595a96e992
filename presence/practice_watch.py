"""Ends the activity shown of a person who left a practice without a word.

A page that closes takes its own entry away. This watch is for the rest: a page left open, a program that stays
connected, a process that sets the activity of people whose sockets are elsewhere.
"""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import Error as AnyDatabaseError

from presence.background import BackgroundTasks
from presence.db import SharedReads
from presence.tracker.registry import PresenceRegistry
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt


@dataclass(frozen=True, slots=True)
class Practice:
    """A person's attempt under way. A test of a whole subject repeats the subject as its skill."""

    attempt_id: str
    subject: str
    skill: str
    idle_in_s: float  # without another answer


def practices_under_way(user_ids: Collection[int]) -> dict[int, Practice]:
    """The attempt each person works on: started or answered in the last two minutes. Cost  1 query."""
    at = now()
    rows = Attempt.objects.at_work(at).filter(user__in=user_ids)
    columns = ("user_id", "pk", "subject__slug", "skill__slug", "worked_at")
    return {
        user_id: Practice(str(pk), subject, skill or subject, (worked_at + Attempt.IDLE_AFTER - at).total_seconds())
        for user_id, pk, subject, skill, worked_at in rows.values_list(*columns)
    }


def _idle_s() -> float:
    return Attempt.IDLE_AFTER.total_seconds()


@dataclass(slots=True)
class _Watched:
    due_s: float
    timer: asyncio.TimerHandle
    topics: set[str] = field(default_factory=set)


class PracticeWatch:
    """The people of one process who are shown as practicing.

    Cost  a dictionary entry for each; 1 query for all whose two minutes end at one moment.
    """

    def __init__(self, presence: PresenceRegistry, reads: SharedReads, background: BackgroundTasks) -> None:
        self._presence = presence
        self._reads = reads
        self._background = background
        self._loop = asyncio.get_running_loop()
        self._watched: dict[int, _Watched] = {}

    def begin(self, user_id: int, topics: Iterable[str], *, idle_in_s: float | None = None) -> None:
        """Clear the person's activity on these topics once they are idle; by default two minutes from now."""
        due_s = self._loop.time() + (_idle_s() if idle_in_s is None else idle_in_s)
        if user_id in self._watched:
            watched = self._watched[user_id]
            watched.due_s = max(watched.due_s, due_s)
        else:
            watched = self._watched[user_id] = _Watched(due_s, self._loop.call_at(due_s, self._look, user_id))
        watched.topics.update(topics)

    def extend(self, user_id: int) -> bool:
        """Note a sign of work; False if the person is not shown as practicing by this process."""
        if user_id not in self._watched:
            return False
        self._watched[user_id].due_s = self._loop.time() + _idle_s()
        return True

    def end(self, user_id: int) -> None:
        watched = self._watched.pop(user_id, None)
        if watched is not None:
            watched.timer.cancel()

    def _look(self, user_id: int) -> None:
        watched = self._watched[user_id]
        if watched.due_s > self._loop.time():
            watched.timer = self._loop.call_at(watched.due_s, self._look, user_id)
        else:
            self._background.spawn(self._check(user_id, watched))

    async def _check(self, user_id: int, watched: _Watched) -> None:
        """Another process may have seen a later answer, so the attempt decides.

        While it is read, the person may answer or start again here; then what they do now stays shown. If it cannot
        be read, the next two minutes decide.
        """
        asked_s = self._loop.time()
        try:
            practice = await self._reads.load(practices_under_way, user_id)
            idle_in_s = practice.idle_in_s if practice is not None else None
        except AnyDatabaseError:
            idle_in_s = _idle_s()
        if self._watched.get(user_id) is not watched:
            return
        if idle_in_s is not None or watched.due_s > asked_s:
            watched.due_s = max(watched.due_s, self._loop.time() + (idle_in_s or 0))
            self._look(user_id)
            return
        del self._watched[user_id]
        for topic in watched.topics:
            await self._presence.show_activity(topic, user_id, None)
