"""The events that webhooks may carry, and the fields of each. `viral_engine/webhook_events.py` names them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event class with the fields that leave the site: never an id of another person, never a free text of one."""

    event: type[Event]
    fields: tuple[str, ...]

    def data_of(self, event: Event) -> dict[str, Any]:
        properties = event.properties()
        return {name: properties[name] for name in self.fields}


_published: dict[str, PublishedEvent] = {}


def publish_events(events: Iterable[PublishedEvent]) -> None:
    """Let webhooks carry these events; called once a process, by the wiring."""
    _published.update({one.event.type: one for one in events})


def published_types() -> list[str]:
    return sorted(_published)


def data_of(event: Event) -> dict[str, Any]:
    """The fields of an event that leave the site. Raises  KeyError for an event that is not published."""
    return _published[event.type].data_of(event)
