"""The registry of what can be reported and reviewed. Each app registers its own kinds (wiring.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from viral_engine.accounts.models import User

Record = dict[str, Any]  # what was changed, as JSON, so that it can be changed back


@dataclass(frozen=True, slots=True)
class Reporter:
    """A member or a guest who reports something."""

    user: User | None
    guest_id: str = ""

    @property
    def key(self) -> str:
        return f"user:{self.user.pk}" if self.user is not None else f"guest:{self.guest_id}"


@dataclass(frozen=True, slots=True)
class ReviewKind:
    """One kind of object in the queue, and what staff can do to it.

    `hide` ends every effect of the object and returns a record, from which `restore` brings the effects back.
    `hide_meanwhile` keeps people from seeing the object until staff decide; its record, too, is for `restore`.
    `release` lets go what waited for the review, and `recall` takes that back.
    """

    name: str
    label: str  # within a sentence for people: "your message"
    find: Callable[[str], Any]  # by the object's key; None if it does not exist any more
    owner_of: Callable[[Any], int | None]
    describe: Callable[[Any], Record]  # evidence for staff
    hide: Callable[[Any, datetime], Record]
    restore: Callable[[Any, Record, datetime], None]
    is_shown_to: Callable[[Any, Reporter], bool] | None = None  # None: people cannot report it
    hide_meanwhile: Callable[[Any, datetime], Record] | None = None  # None: staff alone end anything of it
    other_names: tuple[str, ...] = ()  # in addresses of pages
    key_for: Callable[[str], str] = str  # the key of what a page's address names; empty for a forged address
    release: Callable[[Any, datetime], Record] | None = None
    recall: Callable[[Any, Record, datetime], None] | None = None


_kinds: dict[str, ReviewKind] = {}


def register_kind(kind: ReviewKind) -> None:
    """Make a kind reportable and reviewable; registering it again replaces it."""
    for name in (kind.name, *kind.other_names):
        _kinds[name] = kind


def kind_of(name: str) -> ReviewKind | None:
    return _kinds.get(name)
