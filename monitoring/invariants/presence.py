"""Presence: entries of living processes alone, and as many sockets as are open."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from redis import Redis

from monitoring.invariants.base import Check, InvariantFinding
from presence.tracker.stored import StoredTopic, has_lease, stored_topics


def presence_check(sockets: int | None) -> Check:
    """Check presence in Redis, and compare it with the open sockets that joined a room, where the caller knows them.

    Cost  a scan of Redis in steps, and one round trip for each topic and each process.
    """

    def check_presence(_: datetime) -> Iterator[InvariantFinding]:
        if not settings.REDIS_URL:
            yield InvariantFinding("the site is one process, which holds presence in its memory", is_explained=True)
            return
        with Redis.from_url(settings.REDIS_URLS["realtime"], **settings.REDIS_TIMEOUTS) as redis:
            yield from _check_topics(redis, sockets)

    return check_presence


def _check_topics(redis: Any, sockets: int | None) -> Iterator[InvariantFinding]:
    alive: dict[str, bool] = {}
    present: set[str] = set()
    for topic in stored_topics(redis):
        yield from _check_lists(topic)
        for entry in set[str]().union(*topic.entries.values()):
            boot = entry.partition("/")[0]
            if boot not in alive:
                alive[boot] = has_lease(redis, boot)
            if alive[boot]:
                present.add(entry)
            else:
                yield InvariantFinding(f"{topic.name}: {entry} is present, and its process is dead")
    if sockets is not None and len(present) != sockets:
        yield InvariantFinding(f"{len(present)} sockets are present, and {sockets} are open")


def _check_lists(topic: StoredTopic) -> Iterator[InvariantFinding]:
    for person in sorted(topic.entries.keys() | topic.listed.keys()):
        entries, listed = topic.entries.get(person, set()), topic.listed.get(person, set())
        if entries != listed:
            yield InvariantFinding(
                f"{topic.name}: person {person} has {len(entries)} entries, and {len(listed)} are listed"
            )
