"""The channel layers of the site: Channels' own, and on top of them many messages at once and who listens."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

import redis
from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

Addressed = tuple[str, dict[str, Any]]  # group, message


class LocalChannelLayer(InMemoryChannelLayer):
    """Channels' in-memory layer without its expiry sweep, which visits every group at every message.

    Nothing expires here: the one channel of the process is always being read.
    """

    def _clean_expired(self) -> None:
        return

    async def group_send_all(self, messages: Sequence[Addressed]) -> None:
        """Send each message to its group, in order."""
        for group, message in messages:
            await self.group_send(group, message)

    async def resubscribe(self) -> None:
        """Nothing lies between a process and its memory."""

    def open_groups(self, groups: Collection[str]) -> set[str]:
        """The groups with a member."""
        return {group for group in groups if self.groups.get(group)}


class RedisChannelLayer(RedisPubSubChannelLayer):
    """Channels' Redis layer; a group is a Redis channel that each process with a member subscribes to once."""

    def __init__(self, *, hosts: Sequence[str], prefix: str = "asgi", **kwargs: Any) -> None:
        # The client's own pauses between attempts add up to 7 s, in which a Redis that is back would not be noticed.
        addresses = [{"address": host, "retry": AsyncRetry(NoBackoff(), 1)} for host in hosts]
        super().__init__(hosts=addresses, prefix=prefix, **kwargs)
        self.prefix = prefix

    async def group_send_all(self, messages: Sequence[Addressed]) -> None:
        """Send each message to its group, in order. Cost  one round trip per Redis, for any number of messages."""
        layer = self._get_layer()
        by_shard: defaultdict[Any, list[tuple[str, bytes]]] = defaultdict(list)
        for group, message in messages:
            channel = self.channel_of(group)
            by_shard[layer._get_shard(channel)].append((channel, self.serialize(message)))
        for shard, sent in by_shard.items():
            async with shard._lock:
                shard._ensure_redis()
                async with shard._redis.pipeline(transaction=False) as pipeline:
                    for channel, data in sent:
                        pipeline.publish(channel, data)
                    await pipeline.execute()

    async def resubscribe(self) -> None:
        """Read all groups through new connections; messages until then are lost.

        A network may drop a connection without a word to either end: who only reads from it waits for ever.
        """
        for shard in self._get_layer()._shards:
            if shard._pubsub is not None and shard._pubsub.connection is not None:
                await shard._pubsub.connection.disconnect(nowait=True)  # the reader connects and subscribes again

    def open_groups(self, groups: Collection[str]) -> set[str]:
        """The groups that some process of the site is subscribed to; for threads without a loop.

        Cost    one round trip.
        Raises  RedisError.
        """
        by_channel = {self.channel_of(group): group for group in groups}
        counts = self._client.pubsub_numsub(*by_channel)
        return {by_channel[channel.decode()] for channel, count in counts if count}

    def channel_of(self, group: str) -> str:
        """The Redis channel of a group, as channels_redis names it."""
        return f"{self.prefix}__group__{group}"

    @cached_property
    def _client(self) -> Any:  # the stubs of redis-py describe its sync and async clients at once
        once = Retry(NoBackoff(), 1)  # at once: a request waits for the answer
        return redis.Redis.from_url(settings.REDIS_URLS["realtime"], retry=once, **settings.REDIS_TIMEOUTS)
