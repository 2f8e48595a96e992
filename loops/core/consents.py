"""Parents' consents that loops need before they show anything about a child."""

from collections.abc import Collection
from datetime import date

from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.rules import is_minor, needs_consent

Pair = tuple[int, int]  # parent, child


def shareable_pairs(children: Collection[User], today: date, *, is_kept: bool = False) -> set[Pair]:
    """(parent, child) pairs where the parent agreed to share the child's progress and, under 13, to visibility.

    With `is_kept` the consents are locked until the transaction ends: a withdrawal waits, and then finds the new rows.

    Cost  1 query, whatever the number of children.
    """
    given = Consent.objects.in_force().filter(child__in=children, kind__in=["coppa", "ferpa"])
    given = given.select_for_update() if is_kept else given
    rows = list(given.values_list("given_by_id", "child_id", "kind"))
    seen = {child_id for _, child_id, kind in rows if kind == "coppa"}
    ages = {child.pk: child.age_on(today) for child in children}
    minors = {pk for pk, age in ages.items() if is_minor(age)}  # a parent cannot agree for an adult
    young = {pk for pk, age in ages.items() if needs_consent(age)}
    return {
        (parent_id, child_id)
        for parent_id, child_id, kind in rows
        if kind == "ferpa" and child_id in minors and (child_id not in young or child_id in seen)
    }
