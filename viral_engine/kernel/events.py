"""The base of events: frozen, past-tense facts made of primitives."""

import re
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

_registry: dict[str, type["Event"]] = {}
_ENVELOPE = ("actor_id", "guest_id", "link_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact about one person, known by user id or by guest id, who may have come through a link.

    A subclass is logged under its own name in snake case: PracticeCompleted is `practice_completed`. A subclass that
    sets `type` itself keeps that name.
    """

    type: ClassVar[str] = "event"

    actor_id: int | None = None
    guest_id: str = ""  # UUID text of a guest; empty for a member who never was one
    link_code: str = ""  # the 8-character code that brought the person here, if any

    def __init_subclass__(cls) -> None:
        if "type" not in vars(cls):
            cls.type = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        _registry[cls.type] = cls

    @property
    def user_id(self) -> int:
        """The actor's id, for listeners of events that only members cause.

        Raises  ValueError for a guest's event.
        """
        if self.actor_id is None:
            raise ValueError(f"{self.type} without an actor")
        return self.actor_id

    def properties(self) -> dict[str, Any]:
        """Return the fields of the subclass, ready for JSON."""
        return {name: value for name, value in asdict(self).items() if name not in _ENVELOPE}

    @classmethod
    def restore(cls, *, actor_id: int | None, guest_id: str, link_code: str, properties: dict[str, Any]) -> Self:
        """Rebuild the event from its logged columns; the inverse of `properties`."""
        return cls(actor_id=actor_id, guest_id=guest_id, link_code=link_code, **properties)


def event_class(type_name: str) -> type[Event]:
    """Return the class of an event type. Raises  KeyError for a type that no class of this release declares."""
    return _registry[type_name]
