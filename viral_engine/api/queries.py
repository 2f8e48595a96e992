"""Whom a program means by its ids, and whether it may hear or say anything about them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.api.models import ApiProgram, ExternalPerson
from viral_engine.api.problems import Refusal
from viral_engine.kernel.clock import today


def people_of(program: ApiProgram, external_ids: Collection[str], at: datetime) -> Mapping[str, User | Refusal]:
    """Each person by external id, or why the program may not deal with them; 1 query, 1 more with children.

    A child under 13 needs a parent's consent, for what is read about them as well.
    """
    linked = ExternalPerson.objects.filter(program=program, external_id__in=set(external_ids)).select_related("user")
    users = {row.external_id: row.user for row in linked}
    children = {user.pk for user in users.values() if needs_consent(user.age_on(today(at)))}
    agreed = Consent.objects.all().with_coppa_consent(children)
    return {
        external_id: _open(users.get(external_id), is_silent=_pk(users.get(external_id)) in children - agreed)
        for external_id in set(external_ids)
    }


def person_of(program: ApiProgram, external_id: str, at: datetime) -> User:
    """One person. Raises  Refusal as `people_of` says. Cost  as `people_of`."""
    found = people_of(program, [external_id], at)[external_id]
    if isinstance(found, Refusal):
        raise found
    return found


def known_person(program: ApiProgram, external_id: str) -> User:
    """One person in whatever state, a child who waits for a parent too. Raises  Refusal, 404. 1 query."""
    linked = ExternalPerson.objects.filter(program=program, external_id=external_id).select_related("user").first()
    if linked is None:
        raise Refusal(404, "person_unknown")
    return linked.user


def person_states(users: Collection[User], at: datetime) -> dict[int, str]:
    """Each person's state by user id: open, waiting_for_parent, blocked or closed; 1 query with children, else none."""
    children = {user.pk for user in users if needs_consent(user.age_on(today(at)))}
    silent = children - Consent.objects.all().with_coppa_consent(children)
    return {
        user.pk: "closed"
        if not user.is_active
        else "blocked"
        if user.blocked_at is not None
        else "waiting_for_parent"
        if user.pk in silent
        else "open"
        for user in users
    }


def _pk(user: User | None) -> int | None:
    return user.pk if user is not None else None


def _open(user: User | None, *, is_silent: bool) -> User | Refusal:
    if user is None:
        return Refusal(404, "person_unknown")
    if not user.is_active or user.blocked_at is not None:
        return Refusal(403, "person_unavailable")
    if is_silent:
        return Refusal(403, "consent_missing", "A parent has to agree first; see the documentation.")
    return user
