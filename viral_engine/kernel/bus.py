"""Who hears which event. `viral_engine/wiring.py` is the only caller of `hear` and `promise`."""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from viral_engine.kernel.events import Event

logger = logging.getLogger(__name__)
E = TypeVar("E", bound=Event)
Listener = Callable[[Any, datetime], object]


@dataclass(frozen=True, slots=True)
class Promise:
    """A listener that will hear the event even if this process dies first."""

    name: str
    listener: Listener
    when: Callable[[Any], bool]


_heard: defaultdict[type[Event], list[Listener]] = defaultdict(list)
_promised: defaultdict[type[Event], list[Promise]] = defaultdict(list)


def hear(event_type: type[E], listener: Callable[[E, datetime], object]) -> None:
    """Call `listener(event, at)` after commit, in the order of wiring; lost if the process dies first."""
    if listener not in _heard[event_type]:
        _heard[event_type].append(listener)


def promise(
    event_type: type[E], listener: Callable[[E, datetime], None], *, when: Callable[[E], bool] = lambda _: True
) -> None:
    """Call `listener(event, at)` after commit, from a row, until it has succeeded once.

    The listener runs in one transaction with the mark that it ran, so what it writes to the database
    happens exactly once. `when` spares the row for events that cannot concern the listener.
    """
    name = f"{listener.__module__}.{listener.__qualname__}"
    if all(promised.name != name for promised in _promised[event_type]):
        _promised[event_type].append(Promise(name, listener, when))


def promises_for(event: Event) -> list[Promise]:
    return [promised for promised in _promised[type(event)] if promised.when(event)]


def promised_listener(event: Event, name: str) -> Listener:
    """Raises  LookupError when the listener was unwired since the row was written."""
    for promised in _promised[type(event)]:
        if promised.name == name:
            return promised.listener
    raise LookupError(f"{name} is not wired to {event.type}")


def tell(event: Event, at: datetime) -> None:
    """Every `hear` listener has been called; one that failed is logged and did not stop the next."""
    for listener in _heard[type(event)]:
        try:
            listener(event, at)
        except Exception:
            logger.exception("listener %s failed on %s", listener.__qualname__, event.type)
