"""Erase a person's data: the account at once, every other table in steps that survive a crash."""

import logging
import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from viral_engine.accounts.events import AccountErased
from viral_engine.accounts.models import Consent, ConsentRequest, Erasure, Language, User
from viral_engine.accounts.models.user import Avatar, Theme
from viral_engine.accounts.services.admin_log_scrubbing import scrub_admin_log
from viral_engine.accounts.services.consent import require_guardian_of_minor, withdraw_all_given_by
from viral_engine.accounts.services.deletion_log import DeletionEntry, append_entry, person_hash, read_entries
from viral_engine.accounts.services.sessions import close_account, delete_sessions
from viral_engine.kernel.leases import TryLater, run
from viral_engine.kernel.privacy.erasing import erase_rows, erasing_policies
from viral_engine.kernel.privacy.policies import DataPolicy, PersonIds
from viral_engine.kernel.services import announce

logger = logging.getLogger(__name__)
OWN_APPS = frozenset({"accounts", "account", "admin", "auth", "sessions"})  # erased with the account
LOG_STEP, SESSIONS_STEP = "deletion log", "sessions"


@transaction.atomic
def erase_account(*, user: User, by: User, at: datetime) -> None:
    """Erase all personal data of an account; the activity stays, anonymously.

    The account stays as a tombstone without name, e-mail, birthday, password or device, so that totals, ledgers and
    other people's rewards still add up. Logs name people by id only. A parent's consents are withdrawn, and the child
    continues alone. The tables of other apps follow after the commit, step by step (`continue_erasures`). Repeating it
    erases what came back.

    Cost      36 statements; 2 more when the admin log names the person elsewhere, at most 6 more for each consent a
              parent gave. After commit, a read of every stored session and 1 to 3 statements a table.
    Announces AccountErased; AccountBlocked, which closes sockets; ConsentWithdrawn for a parent's consents.
    """
    withdraw_all_given_by(parent=user, at=at)
    mailboxes = _mailboxes_of(user)
    scrub_admin_log(user, mailboxes)
    _forget_requests(user, mailboxes)
    Consent.objects.in_force().filter(child=user).update(withdrawn_at=at)
    for policy in _policies_of_the_account():
        erase_rows(policy, ids_of(user), at)
    close_account(user=user, at=at)
    announce(AccountErased(actor_id=user.pk, by_id=by.pk), at=at, key=f"erased:{user.pk}")
    erasure = note_erasure(user=user, by_id=by.pk, at=at)
    transaction.on_commit(partial(continue_erasures, at=at, only=erasure.pk), robust=True)


def erase_child(*, parent: User, child: User, at: datetime) -> None:
    """Erase a child's account for a parent. Raises  ConsentRefused when the child is not theirs or is an adult."""
    require_guardian_of_minor(parent, child, at)
    erase_account(user=child, by=parent, at=at)


def ids_of(user: User) -> PersonIds:
    return PersonIds(user.pk, str(user.person_id))


def note_erasure(*, user: User, by_id: int, at: datetime, finished_at: datetime | None = None) -> Erasure:
    """Store the deletion; one that is repeated does all its steps again. 2 statements."""
    fresh: dict[str, Any] = {
        "steps": [],
        "finished_at": finished_at,
        "leased_until": None,
        "dead_lettered_at": None,
        "attempts": 0,
    }
    erasure, _ = Erasure.objects.update_or_create(
        user_id=user.pk,
        defaults={"person_hash": person_hash(str(user.person_id)), "by_id": by_id, "erased_at": at, **fresh},
    )
    return erasure


# -- The steps -----------------------------------------------------------------------------------------------
def continue_erasures(*, at: datetime, only: int | None = None) -> int:
    """Do the steps that are left of every erasure, or of one; returns how many erasures are complete.

    A process may die after any step: the next run, a minute later, does the ones that are left.
    """
    waiting = Erasure.objects.all() if only is None else Erasure.objects.filter(pk=only)
    return len(run(waiting, _do_steps, at=at))


def _do_steps(erasure: Erasure) -> None:
    user = User.objects.filter(pk=erasure.user_id).first()
    _step(erasure, LOG_STEP, partial(_append, erasure))
    # Decoding every session takes long: outside of a transaction, or SQLite's write lock is held the whole time.
    if SESSIONS_STEP not in erasure.steps:
        delete_sessions(user_id=erasure.user_id)
        _step(erasure, SESSIONS_STEP, lambda: None)
    if user is not None:
        for policy in erasing_policies(leaving_out=OWN_APPS):
            _step(erasure, policy.name, partial(erase_rows, policy, ids_of(user), erasure.erased_at))


@transaction.atomic
def _step(erasure: Erasure, name: str, do: Callable[[], None]) -> None:
    if name in erasure.steps:
        return
    do()
    erasure.steps = [*erasure.steps, name]
    erasure.save(update_fields=["steps"])


def _append(erasure: Erasure) -> None:
    try:
        append_entry(DeletionEntry.of(erasure))
    except OSError as error:
        raise TryLater(type(error).__name__) from None


# -- After a restore -----------------------------------------------------------------------------------------
def forget_again(*, logs: Iterable[Path], at: datetime) -> tuple[int, int]:
    """Erase again everybody whom the deletion logs name, after a backup was restored.

    Shape  (accounts erased again, entries whose account is gone or is another person's by now)
    """
    erased, skipped, seen = 0, 0, set[int]()
    for entry in list(read_entries(logs)):
        user = User.objects.filter(pk=entry.user_id).first()
        if user is None or not entry.is_of(user):
            skipped += entry.user_id not in seen
        elif entry.user_id not in seen:
            erase_account(user=user, by=user, at=at)
            erased += 1
        seen.add(entry.user_id)
    return erased, skipped


# -- The account ---------------------------------------------------------------------------------------------
def _policies_of_the_account() -> list[DataPolicy]:
    return [policy for policy in erasing_policies() if policy.model._meta.app_label in OWN_APPS]


def _mailboxes_of(user: User) -> set[str]:
    known = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {mailbox for mailbox in (user.email, *known) if mailbox}


def _forget_requests(user: User, mailboxes: Collection[str]) -> None:
    """Delete answered consent requests by any of a parent's addresses.

    Unanswered requests stay for at most a week, because the purge of unconsented children needs them.
    """
    theirs = Q(child__guardians__parent=user)
    for mailbox in mailboxes:
        theirs |= Q(parent_email__iexact=mailbox)
    ConsentRequest.objects.filter(theirs, answered_at__isnull=False).delete()


def leave_a_tombstone(person: PersonIds, _: datetime) -> None:
    """Take everything that names the person from the account's row."""
    User.objects.filter(pk=person.user_id).update(
        **dict.fromkeys(User.PREFERENCES, False),
        username=f"erased-{secrets.token_hex(8)}",
        password=make_password(None),
        first_name="",
        last_name="",
        email=None,
        birthdate=None,
        grade=None,
        avatar=Avatar.VIOLET,
        theme=Theme.VIOLET,
        language=Language.ENGLISH,
        current_subject="",
        signup_device="",
        signup_ip_hash="",
        last_login=None,
        is_active=False,
        is_staff=False,
        is_superuser=False,
    )
