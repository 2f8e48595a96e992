"""Personal-data policies of the logs, the outbox and the claims, and of Django's own tables without people."""

from datetime import datetime

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q

from viral_engine.kernel.models import (
    Decision,
    Delivery,
    Exclusive,
    LoggedEvent,
    OutgoingMail,
    PeriodicRun,
    RetentionState,
)
from viral_engine.kernel.privacy.policies import Delete, Keep, PersonPath, Purge, declare, hold_back

BY_NUMBER = Keep("The log names people by number, and the number is that of a tombstone.")
AS_GUEST = Keep("A random number, which leads to nobody after the account is erased.")

declare(
    LoggedEvent,
    retention="events",
    people=(PersonPath("actor_id", BY_NUMBER), PersonPath("guest_id", AS_GUEST, is_person_id=True)),
    codes="type guest_id link_code properties idempotency_key",
    purges={"events": Purge("at")},
)
declare(
    Decision,
    retention="decisions",
    people=(PersonPath("actor_id", BY_NUMBER), PersonPath("guest_id", AS_GUEST, is_person_id=True)),
    codes="agent guest_id type outcome rationale features alternatives",
    purges={"decisions": Purge("decided_at")},
)


def _is_delivered(_: datetime) -> Q:
    return Q(processed_at__isnull=False)


declare(
    Delivery,
    retention="idempotency",
    people=(PersonPath("event__actor_id", BY_NUMBER),),
    codes="listener last_error",
    purges={"idempotency": Purge("processed_at", only=_is_delivered)},
)
declare(
    OutgoingMail,
    retention="mail",
    people=(PersonPath("person_id", Delete()),),
    codes="kind last_error",
    hidden="mailbox subject text html",  # codes and links that open an account
    purges={"mail": Purge("created_at")},
)
declare(Exclusive, retention="content", codes="name", reason="A right of a process.")
declare(
    PeriodicRun,
    retention="idempotency",
    codes="task",
    reason="A claim of a task.",
    purges={"idempotency": Purge("slot")},
)
declare(RetentionState, retention="content", codes="name", reason="The state of a purge.")


def _is_on_its_way(_: datetime) -> Q:
    return Q(Exists(Delivery.objects.filter(event=OuterRef("pk"), processed_at=None)))


hold_back(LoggedEvent, "A listener still waits for it.", _is_on_its_way)

declare(ContentType, retention="content", codes="app_label model", reason="The names of our tables.")
declare(Permission, retention="content", codes="name codename", reason="Names of permissions.")
declare(Group, retention="content", codes="name", reason="Names of groups of staff.")
declare(Group.permissions.through, retention="content", reason="The permissions of a group of staff.")
