"""Drawing and pushing dashboards: the same HTML for every viewer of the same filter."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.core.cache import caches
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from monitoring.growth.queries import PAGES
from monitoring.growth.queries.cards import DashboardCard
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import rollup
from viral_engine.charts import figure
from viral_engine.kernel.pubsub import publish

logger = logging.getLogger(__name__)
TICK_S = 5
UPDATE = "growth_update"
T = TypeVar("T")


def topic_of(page: str, choice: DashboardFilter) -> str:
    """`growth:k-factor:7.buddy_challenge..mature`"""
    return f"growth:{page}:{choice.key}"


def render_card(page: str, found: DashboardCard) -> str:
    """One card, with a root id by which the page swaps it."""
    charts = [figure(chart) for chart in found.charts]
    return render_to_string("monitoring/growth/_card.html", {"page": page, "card": found, "charts": charts})


def rendered_cards(page: str, choice: DashboardFilter, at: datetime) -> list[str]:
    """All cards of a dashboard, computed once in five seconds for all viewers and processes.

    Cost  one round trip to the cache; for the first view in five seconds, the page's own queries and 1 more.
    """
    key = f"{topic_of(page, choice)}:{_slot(at)}"
    try:
        found: list[str] | None = caches["shared"].get(key)
    except RedisError:
        return _draw(page, choice, at, is_cache_away=True)
    if found is None:
        found = _draw(page, choice, at)
        _from_cache(lambda: caches["shared"].set(key, found, TICK_S * 3))
    return found


def _draw(page: str, choice: DashboardFilter, at: datetime, *, is_cache_away: bool = False) -> list[str]:
    """The warnings about outdated numbers, and the cards."""
    warnings = rollup.counting_lag().warnings(at, is_cache_away=is_cache_away)
    state = render_to_string("monitoring/growth/_state.html", {"page": page, "warnings": warnings})
    return [state, *(render_card(page, one) for one in PAGES[page].cards(choice, at))]


def push_page(page: str, choice: DashboardFilter, at: datetime) -> bool | None:
    """Push changed cards to all viewers of this filter; False when another process does it, or nothing changed.

    None without Redis, which claims the slot and carries the push: then each process shows its own.

    Cost  4 round trips to the cache, 5 without stored cards, and the page's own queries, for any number of viewers.
    """
    topic = topic_of(page, choice)
    is_ours = _from_cache(lambda: caches["shared"].add(f"{topic}:turn:{_slot(at)}", 1, TICK_S * 3))
    if not is_ours:
        return is_ours
    cards = rendered_cards(page, choice, at)
    before = _from_cache(lambda: caches["shared"].get(f"{topic}:shown")) or []
    _from_cache(lambda: caches["shared"].set(f"{topic}:shown", cards, TICK_S * 12))
    changed = [one for one in cards if one not in before]
    if changed:
        publish(topic, UPDATE, {"cards": len(changed)}, html="".join(changed))
    return bool(changed)


def _slot(at: datetime) -> int:
    return int(at.timestamp()) // TICK_S


def _from_cache(call: Callable[[], T]) -> T | None:
    """None when the cache does not answer: then each process computes its own pages."""
    try:
        return call()
    except RedisError:
        logger.warning("the cache does not answer; dashboards are computed for each view")
        return None
