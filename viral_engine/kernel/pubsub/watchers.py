"""Topics that an open socket or live page subscribes to: nothing is drawn for the others."""

import logging
from collections.abc import Iterable
from time import monotonic

import redis
from channels.layers import get_channel_layer

from viral_engine.kernel.pubsub.groups import group_name

logger = logging.getLogger(__name__)
ASK_AGAIN_S = 5.0
_is_unknown_until_s = float("-inf")


def watched(topics: Iterable[str]) -> set[str]:
    """The topics that some process of the site holds a subscription of.

    Cost  one Redis round trip for any number of topics, none without Redis. While Redis does not answer, every topic
          may be watched: this process delivers at once, the others once Redis is back. It is asked again after 5 s.
    """
    global _is_unknown_until_s  # noqa: PLW0603  (so that an outage costs one timeout, not one a request)
    by_group = {group_name(topic): topic for topic in topics}
    if not by_group:
        return set()
    if monotonic() < _is_unknown_until_s:
        return set(by_group.values())
    try:
        return {by_group[group] for group in get_channel_layer().open_groups(by_group.keys())}
    except redis.RedisError as error:
        logger.warning("anybody may be watching, because Redis does not answer: %r", error)
        _is_unknown_until_s = monotonic() + ASK_AGAIN_S
        return set(by_group.values())
