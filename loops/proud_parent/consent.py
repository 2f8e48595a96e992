"""Whether a parent may share a child's progress."""

from datetime import date

from loops.core.consents import shareable_pairs
from loops.proud_parent.models import Recap
from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.rules import is_minor, needs_consent, public_name


def is_shareable(recap: Recap, today: date, *, is_kept: bool = False) -> bool:
    """1 query."""
    return (recap.parent_id, recap.child_id) in shareable_pairs([recap.child], today, is_kept=is_kept)


def child_name(child: User, today: date) -> str:
    """The child's first name, for outsiders; empty without consent, and once the child is an adult.

    Under 13 the parent must be verified.

    Cost  1 query.
    """
    if not is_minor(child.age_on(today)):
        return ""
    needed = {"coppa", "ferpa"} | ({"disclosure"} if needs_consent(child.age_on(today)) else set())
    has_consent = needed <= Consent.objects.kinds_for(child.pk)
    name = public_name(first_name=child.first_name, age=child.age_on(today), has_disclosure_consent=has_consent)
    return name if name == child.first_name else ""
