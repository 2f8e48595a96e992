"""Erase a person's rows as the policies say, one step a table; repeating a step changes nothing."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from viral_engine.kernel.privacy.policies import Blank, Call, DataPolicy, Delete, Erasure, PersonIds, policies


def erasing_policies(*, leaving_out: Iterable[str] = ()) -> list[DataPolicy]:
    """Policies that change rows at an erasure, those of some apps left out."""
    skipped = set(leaving_out)
    return [
        policy
        for policy in policies()
        if policy.model._meta.app_label not in skipped
        and any(isinstance(person.erasure, Delete | Blank | Call) for person in policy.people)
    ]


@transaction.atomic
def erase_rows(policy: DataPolicy, person: PersonIds, at: datetime) -> None:
    """Erase one table's rows of the person. Cost  1 statement for each kind of erasure, 1 more where rows cascade."""
    for erasure, found in _by_erasure(policy, person):
        match erasure:
            case Delete():
                policy.rows().filter(found).delete()
            case Blank(columns):
                policy.rows().filter(found).update(**columns)
            case Call(service):
                service(person, at)


def _by_erasure(policy: DataPolicy, person: PersonIds) -> list[tuple[Erasure, Q]]:
    """Each kind of erasure once, with the rows on all of its paths."""
    kinds: list[Erasure] = []
    for path in policy.people:
        if path.erasure not in kinds:
            kinds.append(path.erasure)
    return [(kind, reduce(or_, (path.q(person) for path in policy.people if path.erasure == kind))) for kind in kinds]
