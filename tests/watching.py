"""Hold topics open as another process with a socket of them does, so that pushes to them are drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings

from viral_engine.kernel.pubsub import group_name

CHANNEL = "specific.test!watcher"


@contextmanager
def watching(*topics: str) -> Iterator[None]:
    layer, groups = get_channel_layer(), [group_name(topic) for topic in topics]
    if not settings.REDIS_URL:
        for group in groups:
            layer.groups.setdefault(group, {})[CHANNEL] = 0
        try:
            yield
        finally:
            for group in groups:
                layer.groups[group].pop(CHANNEL)
        return
    client: Any = redis.Redis.from_url(settings.REDIS_URLS["realtime"])
    with client.pubsub() as subscription:
        subscription.subscribe(*(layer.channel_of(group) for group in groups))
        for _ in groups:
            assert subscription.get_message(timeout=5)
        yield
