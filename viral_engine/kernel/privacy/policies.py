"""The personal-data policy of each model, declared beside the model and collected here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True, slots=True)
class PersonIds:
    """The two ids by which rows name a person; the second one is also that of their past as a guest."""

    user_id: int
    person_id: str


# -- Erasure -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Delete:
    """Erasure deletes the row."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Erasure sets these columns, and the row stays."""

    columns: Mapping[str, Any]

    @classmethod
    def to(cls, **columns: Any) -> "Blank":
        return cls(columns)


@dataclass(frozen=True, slots=True)
class Keep:
    """The row stays as it is, and points at a tombstone."""

    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """A service of the app erases the rows; calling it again changes nothing."""

    service: Callable[[PersonIds, datetime], None]


Erasure = Delete | Blank | Keep | Call


@dataclass(frozen=True, slots=True)
class PersonPath:
    """One way from a row to a person: a lookup that ends at a user's key, or at an id that is no foreign key."""

    path: str
    erasure: Erasure
    is_person_id: bool = False  # the column holds `User.person_id`, not the key

    def q(self, person: PersonIds) -> Q:
        return Q(**{self.path: person.person_id if self.is_person_id else person.user_id})


# -- Retention -----------------------------------------------------------------------------------------------
FindRows = Callable[[datetime], Q]


def every_row(_: datetime) -> Q:
    return Q()


@dataclass(frozen=True, slots=True)
class Purge:
    """Rows end when `since` is older than the period of the class.

    `only` narrows them. Without `blank` the rows are deleted; `service` purges instead where more has to happen.
    """

    since: str
    only: FindRows = every_row
    blank: Mapping[str, Any] | None = None
    service: Callable[[datetime], int] | None = None


@dataclass(frozen=True, slots=True)
class PurgeHold:
    """Rows that a purge leaves because an aggregate still needs them; `rows` finds them."""

    reason: str
    rows: FindRows


# -- The policy ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DataPolicy:
    """The personal data of one model.

    Every text and JSON column is in one of three groups: `words` of the person at a path, who reads them in their
    export; `codes` and numbers of ours, which everybody on a path reads; and `hidden` ones (secrets, hashes, words of
    others), which no export shows.
    """

    model: type[Model]
    retention: str  # key of the class in retention.RETENTION that the row itself belongs to
    people: tuple[PersonPath, ...]
    words: Mapping[str, str]
    codes: frozenset[str]
    hidden: frozenset[str]
    reason: str  # why a model without people has none
    purges: Mapping[str, Purge]  # by class: columns may end before their row

    @property
    def name(self) -> str:
        return self.model._meta.label_lower

    def rows(self) -> QuerySet[Any]:
        return self.model._base_manager.all()


_policies: dict[type[Model], DataPolicy] = {}
_holds: dict[type[Model], list[PurgeHold]] = {}


def declare(
    model: type[Model],
    *,
    retention: str,
    people: tuple[PersonPath, ...] = (),
    words: Mapping[str, str] | None = None,
    codes: str = "",
    hidden: str = "",
    reason: str = "",
    purges: Mapping[str, Purge] | None = None,
) -> None:
    """Declare a model's policy; `codes` and `hidden` are names separated by spaces."""
    shown, unshown = frozenset(codes.split()), frozenset(hidden.split())
    _policies[model] = DataPolicy(model, retention, people, words or {}, shown, unshown, reason, purges or {})


def hold_back(model: type[Model], reason: str, rows: FindRows) -> None:
    """Leave rows of another app's model out of its purge. A hold with the same reason replaces the earlier one."""
    others = [hold for hold in _holds.get(model, []) if hold.reason != reason]
    _holds[model] = [*others, PurgeHold(reason, rows)]


def holds_of(model: type[Model]) -> list[PurgeHold]:
    return _holds.get(model, [])


def policies() -> Iterator[DataPolicy]:
    """All policies in the order of their apps and models, which is that of exports and erasures."""
    return iter(_policies.values())


def policy_of(model: type[Model]) -> DataPolicy | None:
    return _policies.get(model)


def collect_policies() -> None:
    """Import `personal_data.py` of every app."""
    autodiscover_modules("personal_data")
