"""Policies for the rows of a person who may not be shown any more, one beside each model.

A model with a foreign key to a person has a class attribute `shared`: `Hides(...)`, or `NotShared("why")`. A test fails
for a model without one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class HidingCause(StrEnum):
    """Why a person's rows are hidden; each cause is lifted alone."""

    COPPA = "coppa"  # a parent withdrew the consent to be seen by others
    DISCLOSURE = "disclosure"  # a parent withdrew the consent to publish texts and a name
    FERPA = "ferpa"  # a parent withdrew the consent to share school records
    BLOCK = "block"  # staff blocked the account


class _At:
    """Stands for the instant of the hiding."""


AT: Final = _At()


@dataclass(frozen=True, slots=True)
class Hides:
    """Rows that others read: they are hidden and shown again with their person."""

    people: tuple[str, ...]  # the foreign keys to the person
    shown: Mapping[str, Any]  # the columns of a row that others read
    hidden: Mapping[str, Any]  # the same columns of a hidden row
    is_record: Mapping[str, Any] | None = None  # a lookup of the rows that show school records; empty: all of them

    def lookup(self, cause: HidingCause) -> Mapping[str, Any] | None:
        """A lookup of the rows that the cause hides; None if it hides none."""
        if cause == HidingCause.FERPA:
            return self.is_record
        return {}

    def values_hidden(self, at: datetime) -> dict[str, Any]:
        return {name: at if value is AT else value for name, value in self.hidden.items()}


@dataclass(frozen=True, slots=True)
class NotShared:
    """Rows that only the person, their family, their tutor and staff read."""

    why: str


@dataclass(frozen=True, slots=True)
class HiddenWith:
    """Rows that others read, and that another rule or the row of another model hides."""

    why: str


Policy = Hides | NotShared | HiddenWith
