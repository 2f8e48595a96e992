"""Listeners of events: durable ones run from an outbox row, after-commit ones are called once and may be lost.

`viral_engine/wiring.py` is the only caller of `on`.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any, Generic, TypeVar

from viral_engine.kernel.events import Event

logger = logging.getLogger(__name__)
E = TypeVar("E", bound=Event)
E_contra = TypeVar("E_contra", bound=Event, contravariant=True)
Listener = Callable[[E, datetime], object]


def name_of(listener: Callable[..., object]) -> str:
    """The name under which deliveries store a listener."""
    return f"{listener.__module__}.{listener.__qualname__}"


@dataclass(frozen=True, slots=True)
class DurableListener(Generic[E_contra]):
    """A listener that runs even if this process dies first; an event for which `applies_to` is false gets no row.

    One that `takes_many` is called with events and their instants, oldest first, else with one event and its instant.
    One that runs `at_once` is called by the announcing process right after the commit; others by the relay.
    """

    call: Callable[..., object]
    takes_many: bool = False
    is_at_once: bool = False
    applies_to: Callable[[E_contra], bool] = lambda _: True

    @property
    def name(self) -> str:
        return name_of(self.call)

    def run(self, events: Sequence[tuple[E_contra, datetime]]) -> None:
        """Call the listener for these events in order, at once where it takes many."""
        if self.takes_many:
            self.call(events)
            return
        for event, at in events:
            self.call(event, at)


_durable: defaultdict[type[Event], list[DurableListener[Any]]] = defaultdict(list)
_ranks: dict[str, int] = {}  # of every durable listener, in one order that fits each event
_after_commit: defaultdict[type[Event], list[Listener[Any]]] = defaultdict(list)


def when(
    applies_to: Callable[[E_contra], bool],
    listener: Callable[[E_contra, datetime], object] | DurableListener[E_contra],
) -> DurableListener[E_contra]:
    """Limit a durable listener to events for which `applies_to` is true; other events get no outbox row."""
    one = listener if isinstance(listener, DurableListener) else DurableListener(listener)
    return replace(one, applies_to=applies_to)


def batched(listener: Callable[[Sequence[tuple[E_contra, datetime]]], object]) -> DurableListener[E_contra]:
    """A durable listener that takes many events at once: a busy outbox costs it fewer statements an event."""
    return DurableListener(listener, takes_many=True)


def at_once(
    listener: Callable[[E_contra, datetime], object] | DurableListener[E_contra],
) -> DurableListener[E_contra]:
    """Run a durable listener before the request ends, for what the next page must show; the relay is its net."""
    one = listener if isinstance(listener, DurableListener) else DurableListener(listener)
    return replace(one, is_at_once=True)


def on(
    event_type: type[E],
    *,
    durable: Sequence[Callable[[E, datetime], object] | DurableListener[E]] = (),
    after_commit: Sequence[Listener[E]] = (),
) -> None:
    """Wire the listeners of an event, both kinds in their order of running; a listener is wired once.

    A durable listener is called after commit from its outbox row, until it succeeds. It runs in one
    transaction with the mark that it ran, so its writes to the database happen exactly once. An after-commit listener
    is called once, and never if the process dies first.

    Raises  CycleError when two events name the same durable listeners in opposite orders: they could not be batched.
    """
    wired = _durable[event_type]
    for listener in durable:
        one: DurableListener[E] = listener if isinstance(listener, DurableListener) else DurableListener(listener)
        if all(known.name != one.name for known in wired):
            wired.append(one)
    _ranks.update({name: rank for rank, name in enumerate(_in_one_order())})
    _after_commit[event_type].extend(one for one in after_commit if one not in _after_commit[event_type])


def _in_one_order() -> list[str]:
    sorter = TopologicalSorter[str]()
    for wired in _durable.values():
        for first, second in pairwise(listener.name for listener in wired):
            sorter.add(second, first)
    return list(sorter.static_order())


def rank_of(name: str) -> int:
    """The place of a durable listener: each event reaches its listeners in the order of their ranks."""
    return _ranks.get(name, 0)


def durable_listeners(event: Event) -> list[DurableListener[Any]]:
    """The durable listeners that apply to the event, in their order of running."""
    return [listener for listener in _durable[type(event)] if listener.applies_to(event)]


def durable_listener(event: Event, name: str) -> DurableListener[Any]:
    """Return the listener of this name. Raises  LookupError when it was unwired since the row was written."""
    for listener in _durable[type(event)]:
        if listener.name == name:
            return listener
    raise LookupError(f"{name} is not wired to {event.type}")


def takes_many(name: str) -> bool:
    """Whether the durable listener of this name is called with many events at once."""
    return any(one.takes_many for wired in _durable.values() for one in wired if one.name == name)


def call_durable(name: str, events: Sequence[tuple[Event, datetime]]) -> None:
    """Run the durable listener of this name on events that it is wired to, in their order.

    Raises  LookupError as `durable_listener`; nothing was called.
    """
    wired = [durable_listener(event, name) for event, _ in events]
    wired[0].run(events)  # whatever the kind, it is the same function


def event_types_of(listener: Callable[..., object]) -> list[type[Event]]:
    """The event types that a durable listener is wired to."""
    return [kind for kind, wired in _durable.items() if any(one.call == listener for one in wired)]


def call_after_commit_listeners(event: Event, at: datetime) -> None:
    """Call every after-commit listener in order; one that fails is logged and does not stop the next."""
    for listener in _after_commit[type(event)]:
        try:
            listener(event, at)
        except Exception:
            logger.exception("listener %s failed on %s", name_of(listener), event.type)
