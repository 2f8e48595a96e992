"""How the rest of the site changes what sockets show, from any thread."""

import asyncio
import logging

from django.conf import settings
from redis import Redis

from presence.node import running_node, this_node
from presence.rules import SITE
from presence.tracker.memory import MemoryTracker
from presence.tracker.redis import people_key
from viral_engine.accounts.models import CohortMembership
from viral_engine.kernel.topics import server_loop

logger = logging.getLogger(__name__)


def set_activity(user_id: int, subject: str, skill: str | None) -> None:
    """The person's tabs show what they practice, or nothing; without a tab there nothing happens.

    Not waited for. With Redis the tabs may be in another process, so this one speaks to the tracker even if it has
    no sockets; without, it has nobody to show, and the next join reads the practice under way.

    Cost  1 query.
    """
    loop = server_loop()
    if loop is not None and (settings.REDIS_URL or running_node(loop) is not None):
        activity = None if skill is None else f"practicing_{skill}"
        memberships = CohortMembership.objects.filter(user=user_id).values_list("cohort", flat=True)
        topics = [f"subject:{subject}", SITE, *(f"cohort:{cohort}" for cohort in memberships)]
        asyncio.run_coroutine_threadsafe(_update(user_id, topics, activity), loop)


async def _update(user_id: int, topics: list[str], activity: str | None) -> None:
    try:
        node = await this_node()
        for topic in topics:
            await node.tracker.update(topic, key=str(user_id), patch={"current_activity": activity})
    except Exception:
        logger.exception("the activity of user %s is not shown", user_id)


def people_here() -> int | None:
    """How many learners are shown to be on the site, told in any process; None where it cannot be told.

    Cost  one Redis round trip, no SQL. Without Redis only the process that serves sockets knows.
    """
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS) as redis:
            return int(redis.hlen(people_key(SITE)))
    loop = server_loop()
    node = running_node(loop) if loop is not None else None
    if node is None:
        return 0
    return node.tracker.people(SITE) if isinstance(node.tracker, MemoryTracker) else None
