"""The numbered messages of a topic, so that a client can ask for those it missed.

An epoch names one unbroken sequence. Another epoch means that the sequence restarted and older messages are unknown.
"""

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Collection, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from django.conf import settings
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from viral_engine.kernel.pubsub.envelope import Envelope

KEPT = 100  # messages a topic
KEPT_S = 600
NUMBERED_S = (
    48 * 3600
)  # longer than a socket lives (12 h), so that an idle topic does not look as if it had lost messages
KEPT_TOPICS = 5_000  # in memory
Cursor = tuple[str, int]  # epoch, seq

APPEND = """
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch)
end
if ARGV[8] == '1' then
  local head = ARGV[2]
  for _, text in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
    if string.sub(text, 1, #head) == head then
      return {epoch, tonumber(string.match(text, '^%d+', #head + 1))}
    end
  end
end
if ARGV[7] == '1' then redis.call('DEL', KEYS[2]) end
local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('RPUSH', KEYS[2], ARGV[2] .. seq .. ARGV[3])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[4]), -1)
redis.call('EXPIRE', KEYS[2], ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[6])
return {epoch, seq}
"""
# A gap in the numbers that no text fills: every follower of the topic must read it again.
SKIP = """
if redis.call('HEXISTS', KEYS[1], 'epoch') == 0 then redis.call('HSET', KEYS[1], 'epoch', ARGV[1]) end
redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('DEL', KEYS[2])
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
SINCE = """
local place = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
return {place[1] or '', place[2] or '0', redis.call('LRANGE', KEYS[2], 0, -1)}
"""


class History(Protocol):
    async def append_all(self, envelopes: Sequence[Envelope], *, is_repeat: bool = False) -> list[Cursor]:
        """Number the messages in their order, and keep them; one that clears is the first that is kept.

        In a repeat, a message that is kept already has its number: the answer of the first attempt was lost.
        """

    async def skip(self, topics: Collection[str]) -> None:
        """Leave a gap in the numbers of the topics, because a message was lost."""

    async def place(self, topic: str) -> Cursor:
        """Return the newest number; ("", 0) for a topic without numbered messages."""

    async def places(self, topics: list[str]) -> list[Cursor]: ...

    async def since(self, topic: str, place: Cursor) -> tuple[Cursor, list[str] | None]:
        """Return the newest number and the texts after `place`; None when some of them are no longer kept."""

    async def from_start(self, topic: str) -> tuple[Cursor, list[str]]:
        """Return the newest number and all texts of its epoch; no text when some of them are no longer kept."""


class MemoryHistory:
    """In this process: the numbers of every topic, and the texts of the most recently used ones."""

    def __init__(self) -> None:
        self._places: dict[str, Cursor] = {}
        self._logs: OrderedDict[str, deque[str]] = OrderedDict()

    async def append_all(self, envelopes: Sequence[Envelope], *, is_repeat: bool = False) -> list[Cursor]:  # noqa: ARG002  (memory loses no answer)
        return [self._append(envelope) for envelope in envelopes]

    async def skip(self, topics: Collection[str]) -> None:
        for topic in topics:
            epoch, seq = self._places.get(topic) or (secrets.token_hex(4), 0)
            self._places[topic] = (epoch, seq + 1)
            self._logs.pop(topic, None)

    def _append(self, envelope: Envelope) -> Cursor:
        epoch, seq = self._places.get(envelope.topic) or (secrets.token_hex(4), 0)
        self._places[envelope.topic] = place = (epoch, seq + 1)
        log = self._logs.setdefault(envelope.topic, deque(maxlen=KEPT))
        self._logs.move_to_end(envelope.topic)
        if len(self._logs) > KEPT_TOPICS:
            self._logs.popitem(last=False)
        if envelope.clears:
            log.clear()
        head, tail = envelope.halves
        log.append(f"{head}{place[1]}{tail}")
        return place

    async def place(self, topic: str) -> Cursor:
        return self._places.get(topic, ("", 0))

    async def places(self, topics: list[str]) -> list[Cursor]:
        return [await self.place(topic) for topic in topics]

    def forget(self) -> None:
        """Drop all texts; the numbers go on."""
        self._logs.clear()

    async def since(self, topic: str, place: Cursor) -> tuple[Cursor, list[str] | None]:
        now = await self.place(topic)
        return now, _after(place, now, list(self._logs.get(topic, ())))

    async def from_start(self, topic: str) -> tuple[Cursor, list[str]]:
        now = await self.place(topic)
        return now, _after((now[0], 0), now, list(self._logs.get(topic, ()))) or []


# Any: the stubs of redis-py describe its sync and async clients at once and fit neither.
from_url: Any = Redis.from_url


class RedisHistory:
    """In Redis, for all processes. Cost  one round trip a call."""

    def __init__(self, url: str) -> None:
        # One retry, at once: the first attempt may have met a connection that a restart had closed.
        once = Retry(NoBackoff(), 1)
        self._redis: Any = from_url(url, decode_responses=True, retry=once, **settings.REDIS_TIMEOUTS)
        self._append = self._redis.register_script(APPEND)
        self._skip = self._redis.register_script(SKIP)
        self._since = self._redis.register_script(SINCE)

    async def append_all(self, envelopes: Sequence[Envelope], *, is_repeat: bool = False) -> list[Cursor]:
        if not envelopes:
            return []
        async with self._redis.pipeline(transaction=False) as pipeline:
            for envelope in envelopes:
                arguments = [secrets.token_hex(4), *envelope.halves, KEPT, KEPT_S, NUMBERED_S]
                arguments += [int(envelope.clears), int(is_repeat)]
                await self._append(keys=_keys(envelope.topic), args=arguments, client=pipeline)
            return [(epoch, int(seq)) for epoch, seq in await pipeline.execute()]

    async def skip(self, topics: Collection[str]) -> None:
        for topic in topics:
            await self._skip(keys=_keys(topic), args=[secrets.token_hex(4), NUMBERED_S])

    async def place(self, topic: str) -> Cursor:
        return (await self.places([topic]))[0]

    async def places(self, topics: list[str]) -> list[Cursor]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for topic in topics:
                pipeline.hmget(_keys(topic)[0], "epoch", "seq")
            return [(epoch or "", int(seq or 0)) for epoch, seq in await pipeline.execute()]

    async def since(self, topic: str, place: Cursor) -> tuple[Cursor, list[str] | None]:
        now, texts = await self._read(topic)
        return now, _after(place, now, texts)

    async def from_start(self, topic: str) -> tuple[Cursor, list[str]]:
        now, texts = await self._read(topic)
        return now, _after((now[0], 0), now, texts) or []

    async def _read(self, topic: str) -> tuple[Cursor, list[str]]:
        epoch, seq, texts = await self._since(keys=_keys(topic), args=[])
        return (epoch, int(seq)), texts


def _keys(topic: str) -> list[str]:
    return [f"topic:{{{topic}}}:place", f"topic:{{{topic}}}:log"]


def _after(place: Cursor, now: Cursor, texts: list[str]) -> list[str] | None:
    """Return the texts after `place`, where `texts` end with number `now`; None when one is missing."""
    missed = now[1] - place[1]
    if place[0] != now[0] or not 0 <= missed <= len(texts):
        return None
    return texts[len(texts) - missed :]


_memory = MemoryHistory()
_redis: WeakKeyDictionary[asyncio.AbstractEventLoop, RedisHistory] = WeakKeyDictionary()


def forget_kept_messages() -> None:
    """Drop the kept messages of all topics, in every process: a client that missed one gets a new snapshot instead.

    Cost    with Redis one scan of its keys.
    Raises  RedisError.
    """
    if not settings.REDIS_URL:
        _memory.forget()
        return
    with SyncRedis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS) as redis:
        for key in redis.scan_iter(match=_keys("*")[1], count=1000):
            redis.delete(key)


def history() -> History:
    """Return the site's history; its Redis connections belong to the running loop."""
    if not settings.REDIS_URL:
        return _memory
    loop = asyncio.get_running_loop()
    if loop not in _redis:
        _redis[loop] = RedisHistory(settings.REDIS_URLS["realtime"])
    return _redis[loop]
