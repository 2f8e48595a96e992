"""What staff's own notes, the log of the admin, say of a person in words."""

import json
from collections.abc import Collection, Iterator

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q

from viral_engine.accounts.models import CohortMembership, Guardianship, User


def forget_notes(user: User, mailboxes: Collection[str]) -> None:
    """No note on people, families or cohorts names the person; who did what to which number stays.

    Notes are found by number, whatever the person was called then, so the ties must still stand; and by name, because
    a note outlives the tie that staff took away before.

    Cost  5 statements, 2 more where a name is found.
    """
    notes = LogEntry.objects.filter(content_type__app_label__in=["account", "accounts"])
    notes.filter(_on_rows_of(user)).update(object_repr="erased", change_message="")
    names = {user.username, *mailboxes}
    likely = notes.filter(_holds_one_of(names)).values_list("pk", "object_repr", "change_message")
    naming = [pk for pk, row, message in likely if any(_calls(words, names) for words in [row, *_inlines(message)])]
    if naming:
        notes.filter(pk__in=naming).update(change_message="")
        # A cohort is called what it is called: only who came and went is told in its message.
        notes.filter(pk__in=naming).exclude(content_type__model="cohort").update(object_repr="erased")


def _on_rows_of(user: User) -> Q:
    memberships = CohortMembership.objects.filter(user=user)
    return (
        _on(User, [user.pk])
        | _on(EmailAddress, EmailAddress.objects.filter(user=user).values_list("pk", flat=True))
        | _on(Guardianship, Guardianship.objects.of(user.pk).values_list("pk", flat=True))
        | _on(CohortMembership, memberships.values_list("pk", flat=True))
    )


def _on(model: type[Model], ids: Collection[int]) -> Q:
    return Q(
        content_type__app_label=model._meta.app_label,
        content_type__model=model._meta.model_name,
        object_id__in=[str(pk) for pk in ids],
    )


def _holds_one_of(names: Collection[str]) -> Q:
    """Wide, for the database to leave out most; messages are JSON, which spells an é as an escape."""
    found = Q()
    for name in names:
        found |= Q(object_repr__icontains=name) | Q(change_message__icontains=json.dumps(name)[1:-1])
    return found


def _inlines(message: str) -> Iterator[str]:
    """The rows that were added, changed or deleted together with the note's own, as they were called."""
    if message.startswith("["):
        yield from (said.get("object", "") for part in json.loads(message) for said in part.values())


def _calls(words: str, names: Collection[str]) -> bool:
    """As these rows call people: "kid", "mum for kid", "kid in Comets". A pupil called "in" blanks nobody's note."""
    said = words.casefold()
    folded = [name.casefold() for name in names]
    return any(said == name or said.startswith(f"{name} ") or said.endswith(f" {name}") for name in folded)
