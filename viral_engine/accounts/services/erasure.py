"""Forgetting a person: the one service that takes apart what the others wrote."""

import secrets
from collections.abc import Collection
from datetime import datetime
from functools import partial

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from viral_engine.accounts.events import AccountErased
from viral_engine.accounts.models import (
    Block,
    CohortMembership,
    Consent,
    ConsentRequest,
    Friendship,
    Guardianship,
    Guest,
    Language,
    User,
)
from viral_engine.accounts.models.user import Avatar, Theme
from viral_engine.accounts.services.consent import require_guardian_of_minor, withdraw_all_given_by
from viral_engine.accounts.services.notes import forget_notes
from viral_engine.accounts.services.sessions import close_account, delete_sessions
from viral_engine.kernel.services import announce


@transaction.atomic
def erase_account(*, user: User, by: User, at: datetime) -> None:
    """Nothing stored tells any more who the person was; what they did stays, as nobody's in particular.

    The account stays as a tombstone without name, mailbox, birthday, password or device: totals, ledgers and what
    others earned still add up, and the logs, which know people by number alone, name nobody. What they shared goes
    dark with the account. What a parent agreed to is taken back with the parent, and the child goes on alone.

    Cost      26 statements; 2 more where staff's notes name the person elsewhere, at most 6 more for each consent a
              parent gave. After commit, a read of every stored session.
    Announces AccountErased; AccountBlocked, which ends sockets; ConsentWithdrawn for what a parent had agreed to.
    """
    withdraw_all_given_by(parent=user, at=at)
    mailboxes = _mailboxes_of(user)
    forget_notes(user, mailboxes)
    _forget_requests(user, mailboxes)
    _forget_ties(user, at)
    _forget_visits(user)
    _leave_a_tombstone(user)
    close_account(user=user, at=at)
    announce(AccountErased(actor_id=user.pk, by_id=by.pk), at=at, key=f"erased:{user.pk}")


def erase_child(*, parent: User, child: User, at: datetime) -> None:
    """As `erase_account`, asked for by a parent. Raises  ConsentRefused when the child is not theirs, or of age."""
    require_guardian_of_minor(parent, child, at)
    erase_account(user=child, by=parent, at=at)


def _mailboxes_of(user: User) -> set[str]:
    known = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {mailbox for mailbox in (user.email, *known) if mailbox}


def _forget_requests(user: User, mailboxes: Collection[str]) -> None:
    """What they asked for as a child, and answered as a parent: by an address as the child typed it, or by another one.

    What nobody answered yet stays, because the purge goes by it; a week at the most.
    """
    theirs = Q(child__guardians__parent=user)
    for mailbox in mailboxes:
        theirs |= Q(parent_email__iexact=mailbox)
    ConsentRequest.objects.filter(Q(child=user) | Q(theirs, answered_at__isnull=False)).delete()


def _forget_ties(user: User, at: datetime) -> None:
    """Whom they knew and belonged to. Evidence of consent stays, of a tombstone, without the address it came from."""
    Friendship.objects.of(user.pk).delete()
    Block.objects.filter(Q(blocker=user) | Q(blocked=user)).delete()
    CohortMembership.objects.filter(user=user).delete()
    Consent.objects.in_force().filter(child=user).update(withdrawn_at=at)
    Consent.objects.filter(Q(child=user) | Q(given_by=user)).update(ip_hash="")
    Guardianship.objects.of(user.pk).delete()


def _forget_visits(user: User) -> None:
    """Where they came from and where they are logged in."""
    EmailAddress.objects.filter(user=user).delete()
    Guest.objects.filter(user=user).update(device="", ip_hash="")
    # They log nobody in any more: the account is closed. Were the process to die first, they go as they expire.
    transaction.on_commit(partial(delete_sessions, user_id=user.pk), robust=True)


def _leave_a_tombstone(user: User) -> None:
    user.groups.clear()
    user.user_permissions.clear()
    User.objects.filter(pk=user.pk).update(
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
