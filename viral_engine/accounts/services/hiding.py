"""Hide everything that a person shared, over every model with a policy, and show it again. `kernel/hiding.py`."""

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from viral_engine.accounts.events import (
    AccountBlocked,
    AccountUnblocked,
    ConsentGiven,
    ConsentWithdrawn,
    RowsHidden,
    RowsShown,
)
from viral_engine.accounts.models import Consent, HiddenRow, User
from viral_engine.accounts.rules import is_minor, needs_consent
from viral_engine.accounts.services.locks import lock_people
from viral_engine.kernel.clock import today
from viral_engine.kernel.hiding import Hides, HidingCause
from viral_engine.kernel.services import announce_unlogged

Rows = dict[str, tuple[int, ...]]  # model label -> ids


def shared_models() -> Iterator[tuple[type[models.Model], Hides]]:
    """Every model whose rows are hidden with their person, found from the schema."""
    for model in apps.get_models():
        policy = vars(model).get("shared")
        if isinstance(policy, Hides):
            yield model, policy


@transaction.atomic
def hide_person(*, user_id: int, cause: HidingCause, at: datetime) -> Rows:
    """Hide every row the person shared; returns the ids by model. Hiding again hides what came since.

    Cost      1 statement, at most 4 for each model.
    Announces RowsHidden when any row was hidden.
    """
    lock_people(user_id)
    hidden = {}
    for model, policy in shared_models():
        lookup = policy.lookup(cause)
        if lookup is None:
            continue
        mine = model._default_manager.filter(_of_person(policy, user_id), **lookup)
        label = model._meta.label
        logged = HiddenRow.objects.of_model(label).filter(row_id=OuterRef("pk"))
        rows = mine.filter(Q(**policy.shown) | Exists(logged))  # what staff or the person hid stays theirs
        HiddenRow.objects.bulk_create(
            [HiddenRow(person_id=user_id, cause=cause, model=label, row_id=pk, at=at) for pk in _ids(rows)],
            ignore_conflicts=True,
        )
        found = _ids(mine.filter(**policy.shown))
        model._default_manager.filter(pk__in=found).update(**policy.values_hidden(at))
        if found:
            hidden[label] = tuple(found)
    if hidden:
        announce_unlogged(RowsHidden(actor_id=user_id, rows=hidden), at=at)
    return hidden


@transaction.atomic
def restore_person(*, user_id: int, cause: HidingCause, at: datetime) -> Rows:
    """Show again what this cause hid, and no other cause still hides; returns the ids by model.

    Cost      2 statements, 2 for each model with hidden rows.
    Announces RowsShown when any row is shown again.
    """
    lock_people(user_id)
    mine = HiddenRow.objects.filter(person=user_id, cause=cause)
    wanted: dict[str, list[int]] = {}
    for label, row_id in mine.values_list("model", "row_id"):
        wanted.setdefault(label, []).append(row_id)
    mine.delete()
    shown: Rows = {}
    for model, policy in shared_models():
        label = model._meta.label
        if label in wanted:
            still = HiddenRow.objects.of_model(label).filter(row_id__in=wanted[label]).values_list("row_id", flat=True)
            ids = sorted({*wanted[label]} - {*still})
            model._default_manager.filter(pk__in=ids).update(**policy.shown)
            shown[label] = tuple(ids)
    if shown:
        announce_unlogged(RowsShown(actor_id=user_id, rows=shown), at=at)
    return shown


def keep_hidden(row: models.Model) -> None:
    """Let a row stay hidden when its person is shown again, because it was hidden for its own sake. 1 statement."""
    HiddenRow.objects.of_model(row._meta.label).filter(row_id=row.pk).delete()


def keep_all_hidden(*, user_id: int, label: str) -> None:
    """As `keep_hidden` for every row of a model that was hidden with the person."""
    HiddenRow.objects.of_model(label).filter(person=user_id).delete()


def _of_person(policy: Hides, user_id: int) -> Q:
    return reduce(or_, (Q(**{name: user_id}) for name in policy.people))


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def is_shared(row: models.Model) -> bool:
    """Whether others read the row, or would if its person were not hidden. Cost  2 queries."""
    shown = next(policy.shown for model, policy in shared_models() if model is type(row))
    is_shown = type(row)._default_manager.filter(pk=row.pk, **shown).exists()
    return is_shown or HiddenRow.objects.of_model(row._meta.label).filter(row_id=row.pk).exists()


def hide_again(*, user_id: int, at: datetime) -> None:
    """Hide what was shown for another reason while a cause to hide the person holds. Cost  3 queries without one."""
    for cause in HidingCause:
        if _holds(user_id, cause, at):
            hide_person(user_id=user_id, cause=cause, at=at)


# -- Listeners -----------------------------------------------------------------------------------------------------
# They read whether the cause holds now: an event may be delivered late, after the next one.
def follow_consent(event: ConsentWithdrawn | ConsentGiven, at: datetime) -> None:
    """Hide what a child shared under a consent that a parent withdrew, and show it again. A durable listener."""
    if event.kind in set(HidingCause):
        _follow(event.child_id, HidingCause(event.kind), at)


def follow_block(event: AccountBlocked | AccountUnblocked, at: datetime) -> None:
    """Hide what a person shared whom staff blocked or switched off, and show it again. A durable listener."""
    if event.actor_id is not None:
        _follow(event.actor_id, HidingCause.BLOCK, at)


@transaction.atomic
def _follow(user_id: int, cause: HidingCause, at: datetime) -> None:
    lock_people(user_id)
    (hide_person if _holds(user_id, cause, at) else restore_person)(user_id=user_id, cause=cause, at=at)


def _holds(user_id: int, cause: HidingCause, at: datetime) -> bool:
    """Whether staff blocked the person, or a parent who still decides withdrew the consent. Cost  2 queries at most."""
    person = User.objects.filter(pk=user_id).first()
    if person is None or cause == HidingCause.BLOCK:
        return person is not None and (person.blocked_at is not None or not person.is_active)
    age = person.age_on(today(at))
    decides = is_minor(age) if cause == HidingCause.FERPA else needs_consent(age)
    given = Consent.objects.filter(child=user_id, kind=cause)
    return decides and given.exists() and not given.in_force().exists()
