"""The tracker of a site in many processes, over Redis.

Keys of a topic share the hash tag {topic}, so that every script touches one slot. A process holds one lease, not one
per person. It also remembers its own entries, and writes them again if Redis loses its data.
"""

import asyncio
import json
import logging
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Collection
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from presence.rules import MAX_METAS_PER_PERSON
from presence.tracker.base import GRACE_S, LEASE_S, EntryChange, Meta, TopicUpdate, UpdateListener, is_changed_by

logger = logging.getLogger(__name__)
SCRIPTS = Path(__file__).parent / "scripts"
PROCESSES = "presence:processes"
TICK_S = 1.0
AUDITED_PER_TICK = 200  # topics
Operation = tuple[Any, ...]
# RuntimeError: raised by a subscription at the moment its connection breaks.
FAILURES = (RedisError, OSError, RuntimeError)


# Any: the stubs of redis-py describe its synchronous and asynchronous clients at once, and fit neither.
from_url: Any = Redis.from_url


class ProcessExpired(Exception):
    """Other processes declared this one dead while it was paused; it must restart under a new boot id."""


class RedisTracker:
    """Writes every change with one script that checks, writes, counts and publishes, so publish order is seq order.

    A 1 s tick renews the lease, expires dead processes and compares each open topic's seq with the store's, so that a
    message lost in a Redis blip is noticed even if no other follows.

    Cost  one script per change, and one for all changes of a topic that arrive while a script is under way.
    """

    def __init__(self, listener: UpdateListener, url: str) -> None:
        self._listener = listener
        # No silent retries: a broken connection has missed messages, and this class must notice.
        self._redis: Any = from_url(
            url, socket_connect_timeout=2, socket_timeout=2, max_connections=8, retry=Retry(NoBackoff(), 0)
        )
        self._subscriber = self._redis.pubsub()
        self._change = self._redis.register_script((SCRIPTS / "change.lua").read_text())
        self._snapshot = self._redis.register_script((SCRIPTS / "snapshot.lua").read_text())
        self._expire = self._redis.register_script((SCRIPTS / "expire_node.lua").read_text())
        self.boot = ""
        self._own: defaultdict[str, dict[str, tuple[str, Meta]]] = defaultdict(dict)  # topic -> socket -> key, meta
        self._former: dict[str, set[str]] = {}  # earlier boot ids of this process, until their entries are removed
        self._boots: dict[str, set[str]] = {}  # open topic -> boot ids of the entries it has had
        self._missing_since_s: dict[str, float] = {}  # boot id without a lease -> monotonic
        self._indexed: set[str] = set()  # topics under which other processes find this one's entries
        self._cursors: dict[str, tuple[str, int]] = {}  # open topic -> epoch and seq of the last change received
        self._waiting: dict[str, list[tuple[float, Operation]]] = {}
        self._sending: set[str] = set()
        self._is_connected = False
        self._reap_after_s = 0.0  # monotonic; after an outage a process must not expire others that were cut off too
        self._watching: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()  # set after the first attempt to reach Redis, successful or not
        self.lag = 0  # open topics that were behind the store at the last audit
        self.resyncs = 0

    # -- The interface -----------------------------------------------------------------------------------
    async def open(self, topic: str) -> None:
        await self._start()
        self._cursors[topic] = ("", 0)
        await self._safely(self._subscribe(topic))

    async def close(self, topic: str) -> None:
        self._cursors.pop(topic, None)
        self._boots.pop(topic, None)
        await self._safely(self._subscriber.unsubscribe(_channel_of(topic)))

    async def track(self, topic: str, *, socket: str, key: str, meta: Meta) -> None:
        await self._start()
        if socket not in self._own[topic]:
            self._own[topic][socket] = (key, meta)
            await self._apply(topic, ("track", socket, key, meta))

    async def untrack(self, topic: str, *, socket: str, hold_s: float = GRACE_S) -> None:
        known = self._own[topic].pop(socket, None)
        if not self._own[topic]:
            del self._own[topic]
        if known is not None:
            await self._apply(topic, ("untrack", socket), hold_s=hold_s)

    async def update(self, topic: str, *, key: str, patch: Meta, unless: str = "") -> None:
        await self._start()
        for socket, (owner, meta) in list(self._own.get(topic, {}).items()):
            if owner == key and is_changed_by(meta, patch, unless):
                self._own[topic][socket] = (key, meta | patch)
        await self._apply(topic, ("update", key, patch, unless))

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._stop_listening()
        await self._redis.aclose()

    async def _start(self) -> None:
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        if not self._tried.is_set():
            await self._tried.wait()

    # -- Writing -----------------------------------------------------------------------------------------
    async def _apply(self, topic: str, *operations: Operation, hold_s: float = 0.0) -> None:
        """Queue the operations; the first caller of the topic sends all that are queued, in order."""
        queue = self._waiting.setdefault(topic, [])
        queue.extend((hold_s, operation) for operation in operations)
        if topic in self._sending:
            return
        self._sending.add(topic)
        try:
            await asyncio.sleep(0)  # include the operations of the same turn of the loop
            while batch := self._waiting[topic]:
                self._waiting[topic] = []
                await self._send(topic, batch)
        finally:
            self._sending.discard(topic)
            self._waiting.pop(topic, None)

    async def _send(self, topic: str, batch: list[tuple[float, Operation]]) -> None:
        if self._is_connected:
            try:
                for hold_s, operations in _group_by_hold(batch):
                    await self._write(topic, operations, hold_s)
            except (*FAILURES, ProcessExpired):
                self._is_connected = False
            else:
                return
        # Redis is away: show the changes in this process. The tick writes them once Redis is back.
        for hold_s, operation in batch:
            self._listener(TopicUpdate(topic, self._local_changes(topic, operation), hold_s))

    async def _write(self, topic: str, operations: list[Operation], hold_s: float) -> None:
        boot = self.boot  # it may change during the awaits
        if topic not in self._indexed and any(name == "track" for name, *_ in operations):
            await self._redis.sadd(self._topics_key(boot), topic)
            if boot == self.boot:
                self._indexed.add(topic)
        full = [
            (name, f"{boot}/{rest[0]}", *rest[1:]) if name != "update" else (name, *rest) for name, *rest in operations
        ]
        await self._run_change(topic, boot, full, hold_s)

    async def _run_change(self, topic: str, boot: str, operations: list[Operation], hold_s: float) -> None:
        keys = [part_key(topic, part) for part in ("entries", "people", "place", f"of:{boot}", "dead")]
        epoch = secrets.token_hex(3)
        arguments = [boot, _channel_of(topic), epoch, hold_s, MAX_METAS_PER_PERSON, json.dumps(operations)]
        if await self._change(keys=keys, args=arguments) == b"dead":
            raise ProcessExpired(boot)

    def _local_changes(self, topic: str, operation: Operation) -> list[EntryChange]:
        name, subject, *rest = operation
        if name == "update":
            own = self._own.get(topic, {}).items()
            return [
                EntryChange(f"{self.boot}/{socket}", key, _with_local_ref(meta))
                for socket, (key, meta) in own
                if key == subject
            ]
        entry = f"{self.boot}/{subject}"
        return (
            [EntryChange(entry, rest[0], _with_local_ref(rest[1]))]
            if name == "track"
            else [EntryChange(entry, "", None)]
        )

    # -- Reading -----------------------------------------------------------------------------------------
    async def _subscribe(self, topic: str, *, hold_s: float = 0.0) -> None:
        """Subscribe first and then read the full state, so that no change is missed in between."""
        await self._subscriber.subscribe(_channel_of(topic))
        await self._resync(topic, hold_s=hold_s)

    async def _resync(self, topic: str, *, hold_s: float = 0.0) -> None:
        epoch, seq, flat = await self._snapshot(keys=[part_key(topic, "entries"), part_key(topic, "place")])
        known = self._cursors.get(topic)
        if known is None:  # the topic was closed meanwhile
            return
        cursor = (epoch.decode(), int(seq))
        if cursor[0] == known[0] and cursor[1] < known[1]:  # newer changes arrived before the answer
            return
        is_new_epoch = bool(known[0]) and known[0] != cursor[0]
        self._cursors[topic] = cursor
        changes = [
            EntryChange(entry.decode(), *json.loads(version))
            for entry, version in zip(flat[::2], flat[1::2], strict=True)
        ]
        self._boots[topic] = {_boot_of(change.entry) for change in changes}
        # After a loss of data the other processes are still writing their entries, so leaves wait for one lease.
        self._listener(TopicUpdate(topic, changes, LEASE_S if is_new_epoch else hold_s, whole=True))

    async def _listen(self) -> None:
        """Receive changes until the connection breaks; the tick then restarts with a new one."""
        try:
            while True:
                if not self._subscriber.subscribed:
                    await asyncio.sleep(0.05)
                    continue
                message = await self._subscriber.get_message(ignore_subscribe_messages=True, timeout=1.0)
                if message is not None:
                    await self._receive(message)
        except FAILURES:
            self._is_connected = False
        except Exception:
            self._is_connected = False
            logger.exception("a presence message could not be read")

    async def _stop_listening(self) -> None:
        """Cancel the reader before closing its connection, because a stream must not have two readers."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._subscriber.aclose()

    async def _receive(self, message: dict[str, Any]) -> None:
        topic = message["channel"].decode().partition("}")[0].rpartition("{")[2]
        epoch, seq, hold_s, changes = json.loads(message["data"])
        cursor = self._cursors.get(topic)
        if cursor is None or (epoch == cursor[0] and seq <= cursor[1]):
            return
        if (epoch, seq) != (cursor[0], cursor[1] + 1):
            self.resyncs += 1
            await self._resync(topic)
            return
        self._cursors[topic] = (epoch, seq)
        self._boots.setdefault(topic, set()).update(_boot_of(entry) for entry, *_ in changes)
        self._listener(TopicUpdate(topic, [EntryChange(*change) for change in changes], hold_s))

    # -- Repair ------------------------------------------------------------------------------------------
    async def _watch(self) -> None:
        while True:
            try:
                if not self._is_connected or not await self._redis.pexpire(lease_key(self.boot), int(LEASE_S * 1000)):
                    await self._restart()
                await self._audit()
                await self._reap()
            except (*FAILURES, ProcessExpired):
                self._is_connected = False
            except Exception:
                logger.exception("the presence tick failed")
            self._tried.set()
            await asyncio.sleep(TICK_S)

    async def _restart(self) -> None:
        """Take a lease under a new boot id, track every socket of this process again, and re-read every open topic.

        The old id's entries are removed after the new ones are written, so that viewers see an update of a person and
        no leave. This process expires no other for one lease, because others may have been cut off as well.
        """
        old, self.boot = self.boot, secrets.token_hex(4)
        if old:  # after a loss of data Redis does not know where the old id has entries
            self._former[old] = {*self._indexed, *self._own}
        self._indexed.clear()
        await self._redis.set(lease_key(self.boot), 1, px=int(LEASE_S * 1000))
        await self._redis.sadd(PROCESSES, self.boot)
        self._is_connected = True  # from here on new entries are written by their callers
        if old:
            self.resyncs += 1
            self._reap_after_s = asyncio.get_running_loop().time() + LEASE_S
        await self._stop_listening()
        self._subscriber = self._redis.pubsub()
        for topic, sockets in list(self._own.items()):
            await self._apply(topic, *(("track", socket, key, meta) for socket, (key, meta) in sockets.items()))
        for topic in list(self._cursors):
            await self._subscribe(topic, hold_s=LEASE_S if old else 0.0)
        self._listening = asyncio.create_task(self._listen())
        for former, topics in list(self._former.items()):
            await self._expire_process(former, topics)
            del self._former[former]

    async def _audit(self) -> None:
        """Re-read topics whose seq in the store differs twice in a row from the last one received."""
        topics = list(self._cursors)[:AUDITED_PER_TICK]
        for topic in topics:  # round robin: audited topics go to the end
            self._cursors[topic] = self._cursors.pop(topic)
        before = {topic: self._cursors[topic] for topic in topics}
        async with self._redis.pipeline(transaction=False) as pipeline:
            for topic in topics:
                pipeline.hmget(part_key(topic, "place"), "epoch", "seq")
            stored = await pipeline.execute() if topics else []
        behind = 0
        for topic, (epoch, seq) in zip(topics, stored, strict=True):
            cursor = ((epoch or b"").decode(), int(seq or 0))
            if cursor == before[topic] or topic not in self._cursors:
                continue
            await asyncio.sleep(0.05)  # the message may be on its way
            if self._cursors.get(topic) == before[topic]:
                behind += 1
                self.resyncs += 1
                await self._resync(topic)
        self.lag = behind

    async def _reap(self) -> None:
        """Remove the entries of processes without a lease.

        A process that Redis does not know of, because it lost its data, may be about to return: it gets one lease.
        """
        known = {boot.decode() for boot in await self._redis.smembers(PROCESSES)}
        boots = sorted(known.union(*self._boots.values()))
        async with self._redis.pipeline(transaction=False) as pipeline:
            for boot in boots:
                pipeline.exists(lease_key(boot))
            alive = await pipeline.execute() if boots else []
        now_s = asyncio.get_running_loop().time()
        dead = {boot for boot, is_alive in zip(boots, alive, strict=True) if not is_alive}
        self._missing_since_s = {boot: self._missing_since_s.get(boot, now_s) for boot in dead}
        if now_s <= self._reap_after_s:
            return
        for boot in dead:
            is_over = boot in known or now_s - self._missing_since_s[boot] >= LEASE_S
            if is_over and await self._redis.set(f"presence:burying:{boot}", 1, nx=True, px=10_000):
                await self._expire_process(boot, {topic for topic, seen in self._boots.items() if boot in seen})

    async def _expire_process(self, boot: str, topics: Collection[str] = ()) -> None:
        """Remove a dead process's entries, with one leaves diff per topic. Repeating it changes nothing.

        Its topics are those that Redis has under its name, and those that this process knows of.
        """
        for topic in {*topics, *(name.decode() for name in await self._redis.smembers(self._topics_key(boot)))}:
            entries = await self._expire(keys=[part_key(topic, f"of:{boot}"), part_key(topic, "dead")], args=[boot])
            operations: list[Operation] = [("untrack", entry.decode()) for entry in entries]
            if operations:
                keys = [part_key(topic, part) for part in ("entries", "people", "place", f"of:{boot}", "dead")]
                arguments = ["", _channel_of(topic), "", 0.0, MAX_METAS_PER_PERSON, json.dumps(operations)]
                await self._change(keys=keys, args=arguments)
            self._boots.get(topic, set()).discard(boot)
        await self._redis.delete(self._topics_key(boot))
        await self._redis.srem(PROCESSES, boot)

    async def _safely(self, act: Awaitable[object]) -> None:
        try:
            await act
        except FAILURES:
            self._is_connected = False

    @staticmethod
    def _topics_key(boot: str) -> str:
        return f"presence:topics:{boot}"


def _group_by_hold(batch: list[tuple[float, Operation]]) -> list[tuple[float, list[Operation]]]:
    """Consecutive operations with the same hold, each group for one script."""
    groups: list[tuple[float, list[Operation]]] = []
    for hold_s, operation in batch:
        if not groups or groups[-1][0] != hold_s:
            groups.append((hold_s, []))
        groups[-1][1].append(operation)
    return groups


def _boot_of(entry: str) -> str:
    return entry.partition("/")[0]


def _with_local_ref(meta: Meta) -> Meta:
    return meta | {"phx_ref": f"local.{secrets.token_hex(6)}"}


def part_key(topic: str, part: str) -> str:
    return f"presence:{{{topic}}}:{part}"


def people_key(topic: str) -> str:
    """The key of the hash with one field per person on the topic."""
    return part_key(topic, "people")


def _channel_of(topic: str) -> str:
    return f"presence:{{{topic}}}:changes"


def lease_key(boot: str) -> str:
    return f"presence:lease:{boot}"
