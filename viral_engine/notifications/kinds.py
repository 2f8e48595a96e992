"""The kinds of notifications. `viral_engine/notification_kinds.py` names them: they are events of higher apps too."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """What an event means to one person.

    `one` may name {name}, the person it is `about`, and {detail}; `many` names {count}. Both are filled in when the
    page is drawn, so that a name that may not be shown any more is not.
    """

    event: type[Event]
    key: str
    title: str  # in the preferences
    one: str
    many: str
    url_name: str
    recipient: Callable[[Any], int | None]
    about: Callable[[Any], int | None] = lambda _: None
    detail: Callable[[Any], str] = lambda _: ""


_by_event: dict[str, list[NotificationKind]] = {}
_by_key: dict[str, NotificationKind] = {}


def register_kinds(kinds: Iterable[NotificationKind]) -> None:
    """Let these events notify people; called once a process, by the wiring."""
    _by_event.clear()
    for kind in kinds:
        _by_event.setdefault(kind.event.type, []).append(kind)
        _by_key[kind.key] = kind


def kinds_of(event: Event) -> list[NotificationKind]:
    return _by_event.get(event.type, [])


def kind_named(key: str) -> NotificationKind | None:
    return _by_key.get(key)


def every_kind() -> list[NotificationKind]:
    return list(_by_key.values())
