"""A person's shared things, for the page of their parent; each app registers its own kinds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SharedThing:
    """One thing that others can see: what it is, who may see it, and whether it still can be seen."""

    key: str  # names it for `take_back`: digits and small letters
    title: str
    audience: str
    shared_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class SharedKind:
    """`things` lists a person's newest first; `take_back` ends one, and changes nothing when it has ended."""

    name: str
    things: Callable[[int, datetime], list[SharedThing]]
    take_back: Callable[[int, str, datetime], bool]


_kinds: dict[str, SharedKind] = {}


def register_shared(kind: SharedKind) -> None:
    _kinds[kind.name] = kind


def shared_by(user_id: int, at: datetime) -> Iterator[tuple[str, SharedThing]]:
    """Everything the person has shared, with the name of its kind, open things first. Cost  1 to 2 queries a kind."""
    found = [(kind.name, thing) for kind in _kinds.values() for thing in kind.things(user_id, at)]
    yield from sorted(found, key=lambda one: (not one[1].is_open, -one[1].shared_at.timestamp()))


def take_back(kind: str, key: str, *, user_id: int, at: datetime) -> bool:
    """End one thing that the person shared; False when it had ended before. Raises  KeyError for an unknown kind."""
    return _kinds[kind].take_back(user_id, key, at)
