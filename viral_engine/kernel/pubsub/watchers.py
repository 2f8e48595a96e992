"""Topics that an open socket or live page subscribes to: nothing is drawn for the others."""

import logging
from collections.abc import Iterable

import redis
from channels.layers import get_channel_layer

from viral_engine.kernel.pubsub.groups import group_name

logger = logging.getLogger(__name__)


def watched(topics: Iterable[str]) -> set[str]:
    """The topics that some process of the site holds a subscription of.

    Cost  one Redis round trip for any number of topics, none without Redis. None is watched while Redis does not
          answer: nothing could be sent.
    """
    by_group = {group_name(topic): topic for topic in topics}
    if not by_group:
        return set()
    try:
        return {by_group[group] for group in get_channel_layer().open_groups(by_group.keys())}
    except redis.RedisError as error:
        logger.warning("nobody is known to watch, because Redis does not answer: %r", error)
        return set()
