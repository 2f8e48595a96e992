"""Erase a person's data, across everything other services of this app have written."""

import secrets
from collections.abc import Collection
from datetime import datetime
from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
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
from viral_engine.accounts.services.admin_log_scrubbing import scrub_admin_log
from viral_engine.accounts.services.consent import require_guardian_of_minor, withdraw_all_given_by
from viral_engine.accounts.services.sessions import close_account, delete_sessions
from viral_engine.kernel.services import announce


@transaction.atomic
def erase_account(*, user: User, by: User, at: datetime) -> None:
    """Erase all personal data of an account; the activity stays, anonymously.

    The account stays as a tombstone without name, e-mail, birthday, password or device, so that totals, ledgers and
    other people's rewards still add up. Logs name people by id only. Shared links are deactivated with the
    account. A parent's consents are withdrawn, and the child continues alone.

    Cost      27 statements; 2 more when the admin log names the person elsewhere, at most 6 more for each consent a
              parent gave. After commit, a read of every stored session.
    Announces AccountErased; AccountBlocked, which closes sockets; ConsentWithdrawn for a parent's consents.
    """
    withdraw_all_given_by(parent=user, at=at)
    mailboxes = _mailboxes_of(user)
    scrub_admin_log(user, mailboxes)
    _forget_requests(user, mailboxes)
    _forget_ties(user, at)
    _forget_visits(user)
    _leave_a_tombstone(user)
    close_account(user=user, at=at)
    announce(AccountErased(actor_id=user.pk, by_id=by.pk), at=at, key=f"erased:{user.pk}")


def erase_child(*, parent: User, child: User, at: datetime) -> None:
    """Erase a child's account for a parent. Raises  ConsentRefused when the child is not theirs or is an adult."""
    require_guardian_of_minor(parent, child, at)
    erase_account(user=child, by=parent, at=at)


def _mailboxes_of(user: User) -> set[str]:
    known = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {mailbox for mailbox in (user.email, *known) if mailbox}


def _forget_requests(user: User, mailboxes: Collection[str]) -> None:
    """Delete consent requests: the person's own as a child, and answered ones by any of a parent's addresses.

    Unanswered requests stay for at most a week, because the purge of unconsented children needs them.
    """
    theirs = Q(child__guardians__parent=user)
    for mailbox in mailboxes:
        theirs |= Q(parent_email__iexact=mailbox)
    ConsentRequest.objects.filter(Q(child=user) | Q(theirs, answered_at__isnull=False)).delete()


def _forget_ties(user: User, at: datetime) -> None:
    """Delete friends, blocks, cohorts and family. Evidence of consent stays without its IP hash."""
    Friendship.objects.of(user.pk).delete()
    Block.objects.filter(Q(blocker=user) | Q(blocked=user)).delete()
    CohortMembership.objects.filter(user=user).delete()
    Consent.objects.in_force().filter(child=user).update(withdrawn_at=at)
    Consent.objects.filter(Q(child=user) | Q(given_by=user)).update(ip_hash="")
    Guardianship.objects.of(user.pk).delete()


def _forget_visits(user: User) -> None:
    """Delete addresses, second factors, guest traces and sessions."""
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user_id=user.pk).delete()
    Guest.objects.filter(user=user).update(device="", ip_hash="")
    # Sessions of a closed account log nobody in. If the process dies first, they go when they expire.
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
