"""Read what Redis holds of who is present, from outside of the processes that keep it: `manage.py check_invariants`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from presence.tracker.redis import lease_key, part_key, people_key

BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredTopic:
    """One topic's entries by person, and what its people are listed with.

    Shape  entries {"42": {"b00t/1"}}, each named by the boot id of its process and its socket; listed alike.
    """

    name: str
    entries: dict[str, set[str]]
    listed: dict[str, set[str]]


def stored_topics(redis: Any) -> Iterator[StoredTopic]:
    """Cost  a scan of Redis in steps, and one script a topic, which reads both of its tables at once."""
    for key in redis.scan_iter(match=part_key("*", "entries"), count=BATCH):
        name = key.decode().partition("{")[2].rpartition("}")[0]
        with redis.pipeline() as pipeline:  # one moment
            pipeline.hgetall(key)
            pipeline.hgetall(people_key(name))
            versions, people = pipeline.execute()
        entries: dict[str, set[str]] = {}
        for entry, version in versions.items():
            entries.setdefault(json.loads(version)[0], set()).add(entry.decode())
        yield StoredTopic(name, entries, {key.decode(): set(json.loads(known)) for key, known in people.items()})


def has_lease(redis: Any, boot: str) -> bool:
    return bool(redis.exists(lease_key(boot)))
