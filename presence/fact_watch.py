"""Finds committed rows that no message announced, because their process died between the commit and the publish."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from presence.db import run_in_db_thread
from presence.transport.hub import Hub

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FactSource:
    """A table whose new rows are announced on topics, each with the fact "<name>-<id>"."""

    name: str
    newest_id: Callable[[], int]
    ids_after: Callable[[int], list[int]]  # in ascending order, a thousand at most; 1 query
    topics_of: Callable[[Collection[int]], set[str]]  # where these rows were to be announced


_sources: list[FactSource] = []


def register_facts(source: FactSource) -> None:
    """Watch the rows of a table; an app registers its own."""
    if source not in _sources:
        _sources.append(source)


class FactWatch:
    """One per process. A row that was not announced for two looks is lost, and its topics are read again here.

    A row shows up in at least two looks, so that one that commits behind newer ids is found too.

    Cost  1 query a source and look; 1 to 3 more for rows that this process did not hear of.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._looks: dict[str, _Look] = {}

    async def look(self) -> None:
        """Called every few seconds.

        Raises  django.db.Error.
        """
        if self._hub.is_cut_off:
            return  # the pages are drawn from the database anyway
        for source in _sources:
            await self._look_at(source)

    async def _look_at(self, source: FactSource) -> None:
        before = self._looks.get(source.name)
        if before is None:
            newest = await run_in_db_thread(source.newest_id)
            self._looks[source.name] = _Look(newest, newest, frozenset())
            return
        ids = await run_in_db_thread(partial(source.ids_after, before.after_id))
        unheard = {one for one in ids if f"{source.name}-{one}" not in self._hub.facts}
        lost = unheard & before.unheard
        self._looks[source.name] = _Look(
            before.newest_id, max(ids, default=before.newest_id), frozenset(unheard - lost)
        )
        if lost:
            topics = await run_in_db_thread(partial(source.topics_of, lost))
            if here := topics & self._hub.topics.keys():
                logger.warning("no message announced %s of %s", len(lost), source.name)
                await self._hub.resync(here)


@dataclass(frozen=True, slots=True)
class _Look:
    after_id: int  # rows up to here are done with
    newest_id: int
    unheard: frozenset[int]
