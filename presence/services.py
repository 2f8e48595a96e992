"""Changes and counts that the rest of the site asks of open sockets, from any thread."""

import asyncio
import logging
from datetime import datetime
from typing import TypeGuard

from django.conf import settings
from redis import Redis

from presence.db import run_in_db_thread
from presence.node import running_node, this_node
from presence.practice_watch import practices_under_way
from presence.rules import SITE_TOPIC, Headcounts, activity_for
from presence.tracker.memory import MemoryTracker
from presence.tracker.redis import people_key
from presence.transport.layer_watch import CONTROL
from viral_engine.accounts.events import (
    AccountBlocked,
    AccountErased,
    CohortsChanged,
    ConsentGiven,
    ConsentWithdrawn,
    FriendshipChanged,
    FriendshipEnded,
    PersonBlocked,
    PersonUnblocked,
    PreferencesChanged,
    SignedOut,
)
from viral_engine.accounts.models import CohortMembership
from viral_engine.kernel.pubsub import publish, server_loop
from viral_engine.kernel.pubsub.history import forget_kept_messages
from viral_engine.learning.events import (
    AnswerGiven,
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeStarted,
    PracticeTestCompleted,
)

logger = logging.getLogger(__name__)


# -- Practice ----------------------------------------------------------------------------------------------
def show_practice(event: PracticeStarted, _: datetime) -> None:
    """Show a learner as practicing, as if their own client had sent `practice_started`."""
    if event.actor_id is not None and event.subject:
        set_activity(event.actor_id, event.subject, event.skill or event.subject)


def keep_practice(event: AnswerGiven, _: datetime) -> None:
    """Show a learner as practicing for two more minutes. Cost  no query, 2 on another thread after an idle time."""
    loop = server_loop()
    if event.actor_id is not None and _has_sockets(loop):
        asyncio.run_coroutine_threadsafe(_keep(event.actor_id), loop)


async def _keep(user_id: int) -> None:
    try:
        await _extend(user_id)
    except Exception:
        logger.exception("the practice of user %s is not kept on show", user_id)


async def _extend(user_id: int) -> None:
    runtime = (await this_node()).runtime
    if runtime.practice.extend(user_id):
        return
    practice = await runtime.reads.load(practices_under_way, user_id)
    if practice is not None:
        topics = await run_in_db_thread(lambda: _topics_of(user_id, practice.subject))
        await _update(user_id, topics, practice.skill, practice.subject)


def clear_practice(event: PracticeCompleted | PracticeTestCompleted | DiagnosticCompleted, _: datetime) -> None:
    if event.actor_id is not None:
        set_activity(event.actor_id, event.subject, None)


def set_activity(user_id: int, subject: str, skill: str | None) -> None:
    """Show in a person's tabs what they practice, or nothing; without a tab nothing happens.

    It returns at once. With Redis the tabs may be in another process, so a process without sockets writes to the
    tracker too. Without Redis it shows nobody, and the next join reads the unfinished attempt.

    Cost  1 query.
    """
    loop = server_loop()
    if _has_sockets(loop):
        asyncio.run_coroutine_threadsafe(_update(user_id, _topics_of(user_id, subject), skill, subject), loop)


def _has_sockets(loop: asyncio.AbstractEventLoop | None) -> TypeGuard[asyncio.AbstractEventLoop]:
    """Whether this process, or with Redis another one, may serve sockets."""
    return loop is not None and (bool(settings.REDIS_URL) or running_node(loop) is not None)


def _topics_of(user_id: int, subject: str) -> list[str]:
    """Where a person's activity is shown; 1 query."""
    memberships = CohortMembership.objects.filter(user=user_id).values_list("cohort", flat=True)
    return [f"subject:{subject}", SITE_TOPIC, *(f"cohort:{cohort}" for cohort in memberships)]


async def _update(user_id: int, topics: list[str], skill: str | None, subject: str) -> None:
    try:
        runtime = (await this_node()).runtime
        if skill is None:
            runtime.practice.end(user_id)
        else:
            runtime.practice.begin(user_id, topics)
        for topic in topics:
            await runtime.presence.show_activity(topic, user_id, activity_for(skill), subject=subject)
    except Exception:
        logger.exception("the activity of user %s is not shown", user_id)


# -- Rights ------------------------------------------------------------------------------------------------
def end_sockets(event: SignedOut | AccountBlocked, _: datetime) -> None:
    """Close every socket and live page of a person, in every process."""
    reason = "signed_out" if isinstance(event, SignedOut) else "blocked"
    publish(CONTROL, "disconnect", {"user": event.actor_id, "reason": reason}, delivery="drop")


def forget_messages(_: AccountErased, __: datetime) -> None:
    """Drop the messages kept for clients that reconnect: they may hold an erased person's name. A durable listener."""
    forget_kept_messages()


def refresh_person(event: PreferencesChanged | CohortsChanged, _: datetime) -> None:
    publish(CONTROL, "refresh", {"users": [event.actor_id]}, delivery="drop")


def refresh_child(event: ConsentGiven | ConsentWithdrawn, _: datetime) -> None:
    publish(CONTROL, "refresh", {"users": [event.child_id]}, delivery="drop")


def refresh_pair(event: PersonBlocked | PersonUnblocked | FriendshipChanged | FriendshipEnded, _: datetime) -> None:
    """Refresh both people, because each sees the other differently now."""
    publish(CONTROL, "refresh", {"users": [event.actor_id, event.other_id]}, delivery="drop")


# -- Counts ------------------------------------------------------------------------------------------------
def headcounts_now(topic: str) -> Headcounts | None:
    """Public counts of a topic for a page view; None while this process does not follow the topic."""
    loop = server_loop()
    node = running_node(loop) if loop is not None else None
    presence = node.runtime.presence.get(topic) if node is not None else None
    return presence.roster.counts() if presence is not None else None


def learners_online() -> int | None:
    """The number of visible learners on the site; None where it is unknown.

    Cost  one Redis round trip, no SQL. Without Redis only the process that serves sockets knows.
    """
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URLS["realtime"], **settings.REDIS_TIMEOUTS) as redis:
            return int(redis.hlen(people_key(SITE_TOPIC)))
    loop = server_loop()
    node = running_node(loop) if loop is not None else None
    if node is None:
        return 0
    tracker = node.runtime.presence.tracker
    return tracker.people(SITE_TOPIC) if isinstance(tracker, MemoryTracker) else None
