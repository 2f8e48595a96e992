"""Which children a page of the admin shows, read from the schema: a new model needs no line here."""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, ForeignKey, Model
from django.forms.models import _get_foreign_key

from viral_engine.accounts.models import User
from viral_engine.accounts.rules import is_minor
from viral_engine.kernel.clock import today

MAX_KEYS = 3  # an answer is of an attempt, of a guest, of a user
BARE_IDS = frozenset({"actor_id", "person_id"})  # people that logs name by number


@cache
def people_paths(model: type[Model]) -> tuple[str, ...]:
    """Lookups from a row to the people that it is about."""
    return ("pk",) if model is User else tuple(_paths(model, MAX_KEYS))


def _paths(model: type[Model], keys_left: int) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        target = field.related_model if isinstance(field, ForeignKey) else None
        if target is User or (isinstance(field, BigIntegerField) and field.attname in BARE_IDS):
            yield field.attname
        elif isinstance(target, type) and target is not model and keys_left > 1:
            yield from (f"{field.name}__{path}" for path in _paths(target, keys_left - 1))


def children_on_page(options: "ModelAdmin[Model]", object_id: str, at: datetime) -> list[User]:
    """The children on one row's page, its inline rows included.

    Cost  1 query for the row and each kind of inline rows that name people, 1 for the people.
    """
    model = options.model
    people = _people_of(model, {"pk": unquote(object_id)})
    for inline in options.inlines:
        key = _get_foreign_key(model, inline.model, fk_name=inline.fk_name)
        people |= _people_of(inline.model, {key.name: unquote(object_id)})
    return children_among(people, at)


def children_in_rows(model: type[Model], ids: Collection[str], at: datetime) -> list[User]:
    """The children that these rows are about. Cost  1 query for the rows, 1 for the people."""
    return children_among(_people_of(model, {"pk__in": list(ids)}), at)


def _people_of(model: type[Model], lookup: dict[str, Any]) -> set[int]:
    paths = people_paths(model)
    if not paths:
        return set()
    try:
        rows = list(model._base_manager.filter(**lookup).values_list(*paths))
    except (ValueError, ValidationError, OverflowError):  # no id of this model: the page itself answers
        return set()
    return {person for row in rows for person in row if person is not None}


def children_among(people: set[int], at: datetime) -> list[User]:
    """Those under 18; of unknown age too, but for staff. Cost  1 query."""
    fields = ("username", "first_name", "last_name", "email", "birthdate")
    found = User.objects.filter(pk__in=people, is_staff=False).only(*fields).order_by("pk") if people else []
    return [person for person in found if is_minor(person.age_on(today(at)))]
