"""Parts of a page that may be missing: what fails is left out, and the rest is shown."""

from collections.abc import Callable
from typing import TypeVar

from viral_engine.kernel.circuit_breaker import call_with_fallback

T = TypeVar("T")
PAGE_BUDGET_MS = 2000.0  # of one part of a page


def part_or(agent: str, part: Callable[[], T], otherwise: T, kind: type | tuple[type, ...]) -> T:
    """The part of the page; `otherwise` while the agent fails or gives something of another kind."""
    return call_with_fallback(
        agent,
        part,
        fallback=otherwise,
        budget_ms=PAGE_BUDGET_MS,
        is_sound=lambda found: isinstance(found, kind),
    ).value
