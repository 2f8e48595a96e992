"""Compare the declared policies with the schema: nothing about a person may be stored without one."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import CharField, Field, JSONField, Model, TextField

from viral_engine.kernel.privacy.policies import Blank, Call, DataPolicy, Delete, Keep, PersonPath, policy_of
from viral_engine.kernel.privacy.retention import RETENTION


def columns_of(model: type[Model]) -> list[Field[Any, Any]]:
    return list(model._meta.concrete_fields)


def is_text(field: Field[Any, Any]) -> bool:
    """Whether the column may hold words: a text without a fixed list of values, or JSON."""
    return isinstance(field, TextField | CharField | JSONField) and not field.choices


def missing_policies() -> list[str]:
    """One line for every model, foreign key, text or class without a policy, and for every name that is no column."""
    return [line for model in apps.get_models(include_auto_created=True) for line in _missing_of(model)]


def _missing_of(model: type[Model]) -> Iterator[str]:
    label, policy = model._meta.label, policy_of(model)
    if policy is None:
        yield f"{label} has no policy: declare one in its app's personal_data.py"
        return
    for key in {policy.retention, *policy.purges} - RETENTION.keys():
        yield f"{label}: {key!r} is no retention class"
    kind = RETENTION.get(policy.retention)
    if kind is not None and kind.period is not None and kind.key not in policy.purges:
        yield f"{label} ends after {kind.kept_for} and has no purge"
    if not policy.people and not policy.reason:
        yield f"{label} names no person and says no reason"
    yield from _missing_paths(model, policy)
    yield from _missing_texts(model, policy)
    yield from _unerased(policy)


def _missing_paths(model: type[Model], policy: DataPolicy) -> Iterator[str]:
    declared = {person.path for person in policy.people}
    user = get_user_model()
    for field in columns_of(model):
        if field.is_relation and field.related_model is user and field.name not in declared:
            yield f"{model._meta.label}.{field.name} points at a person and is no declared path"
    for person in policy.people:
        policy.rows().filter(**{person.path: None})  # raises FieldError for a path that does not exist


def _missing_texts(model: type[Model], policy: DataPolicy) -> Iterator[str]:
    texts = {field.name for field in columns_of(model) if is_text(field) and not field.is_relation}
    declared = {*policy.words, *policy.codes, *policy.hidden}
    for name in sorted(texts - declared):
        yield f"{model._meta.label}.{name} holds text and is in none of words, codes, hidden"
    for name in sorted(declared - {field.name for field in columns_of(model)}):
        yield f"{model._meta.label} has no column {name}"


def _unerased(policy: DataPolicy) -> Iterator[str]:
    """Words and hidden columns that outlive the person they belong to."""
    for person in policy.people:
        for name in sorted({name for name, writer in policy.words.items() if writer == person.path}):
            if not _erases(person, name):
                yield f"{policy.name}.{name} outlives the person at {person.path}"
        for name in sorted(policy.hidden):
            if not _erases(person, name) and not isinstance(person.erasure, Keep):
                yield f"{policy.name}.{name} is hidden and outlives the person at {person.path}"


def _erases(person: PersonPath, name: str) -> bool:
    match person.erasure:
        case Blank(columns):
            return name in columns
        case Delete() | Call():
            return True
    return False
