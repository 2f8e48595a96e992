"""Remove an erased person's names from the admin log."""

import json
from collections.abc import Collection, Iterator

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q

from viral_engine.accounts.models import CohortMembership, Guardianship, User


def scrub_admin_log(user: User, mailboxes: Collection[str]) -> None:
    """Remove the person's names from admin log entries on people, families and cohorts; actions and ids stay.

    Entries are found by row id, which works whatever the person's name was then and needs the related rows to exist;
    and by name, because an entry outlives a membership that staff deleted earlier.

    Cost  5 statements, 2 more when a name is found.
    """
    entries = LogEntry.objects.filter(content_type__app_label__in=["account", "accounts"])
    entries.filter(_on_rows_of(user)).update(object_repr="erased", change_message="")
    names = {user.username, *mailboxes}
    likely = entries.filter(_holds_one_of(names)).values_list("pk", "object_repr", "change_message")
    naming = [pk for pk, row, message in likely if any(_names_one(text, names) for text in [row, *_inlines(message)])]
    if naming:
        entries.filter(pk__in=naming).update(change_message="")
        # A cohort keeps its own name: only the message names its members.
        entries.filter(pk__in=naming).exclude(content_type__model="cohort").update(object_repr="erased")


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
    """A broad prefilter in the database; messages are JSON, which escapes letters such as é."""
    found = Q()
    for name in names:
        found |= Q(object_repr__icontains=name) | Q(change_message__icontains=json.dumps(name)[1:-1])
    return found


def _inlines(message: str) -> Iterator[str]:
    """The names of inline rows that were added, changed or deleted together with the entry's own row."""
    if message.startswith("["):
        yield from (change.get("object", "") for part in json.loads(message) for change in part.values())


def _names_one(text: str, names: Collection[str]) -> bool:
    """Whether a row's text names a person: "kid", "mum for kid", "kid in Comets". A user named "in" matches none."""
    row = text.casefold()
    folded = [name.casefold() for name in names]
    return any(row == name or row.startswith(f"{name} ") or row.endswith(f" {name}") for name in folded)
