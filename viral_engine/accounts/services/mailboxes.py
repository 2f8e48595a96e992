"""Mailboxes of accounts: claimed at sign-up, proven by a mailed code or link. An unproven mailbox holds no right."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from viral_engine.accounts.events import MailboxVerified
from viral_engine.accounts.models import User
from viral_engine.kernel.services import announce
from viral_engine.kernel.text.mailboxes import same_mailbox


class AlreadyProven(Exception):
    """The mailbox was proven before, by this account or by another one."""


def owner_of(mailbox: str) -> User | None:
    """The active account that mail to this address may open: of its prover, else of its first claimant.

    An address that a proven account merely added opens nothing. Cost  1 query; 2 for an address that nobody proved.
    """
    mailbox = same_mailbox(mailbox)
    proven = EmailAddress.objects.select_related("user").filter(email=mailbox, verified=True).first()
    owner = proven.user if proven else User.objects.filter(email=mailbox).first()
    if owner is None or not owner.is_active:
        return None
    return owner if proven or not has_proven_mailbox(owner) else None


def has_proven_mailbox(user: User) -> bool:
    """Whether the person has shown that some mailbox is theirs. Cost  1 query."""
    return bool(EmailAddress.objects.filter(user=user, verified=True).exists())


def has_proven(user: User, mailbox: str) -> bool:
    """Whether the person has shown that this mailbox is theirs. Cost  1 query."""
    return bool(EmailAddress.objects.filter(user=user, email=same_mailbox(mailbox), verified=True).exists())


def is_proven_by_another(address: EmailAddress) -> bool:
    others = EmailAddress.objects.filter(email=address.email, verified=True)
    return bool(others.exclude(user_id=address.user_id).exists())


def claim_mailbox(user: User, mailbox: str) -> EmailAddress:
    """The row of an address that the person says is theirs, made if need be."""
    address, _ = EmailAddress.objects.get_or_create(user=user, email=same_mailbox(mailbox))
    return address


@transaction.atomic
def prove(*, user: User, mailbox: str, is_password_theirs: bool, at: datetime) -> bool:
    """Give a mailbox to the person who opened the mail we sent there; whether that ended their password.

    Code, link and reset all come here: the proof, the end of other claims, the end of what was made in advance and the
    announcement are one transaction.

    Raises    AlreadyProven; nothing is written.
    Announces MailboxVerified; SignedOut where a password ends.
    """
    address = claim_mailbox(user, mailbox)
    address.user = user  # the caller's instance, or its session would be of the password that ends here
    _lock_claims(address)
    _mark_proven(address)
    _release_claims(address)
    has_ended = _give_account_to_prover(address, is_password_theirs=is_password_theirs)
    address.set_as_primary()
    announce(MailboxVerified(actor_id=user.pk), at=at)
    return has_ended


def _lock_claims(address: EmailAddress) -> None:
    """Let proofs of one mailbox take turns: each would wait for the row that the other has just marked."""
    list(EmailAddress.objects.select_for_update().filter(email=address.email).order_by("pk").values_list("pk"))


def _mark_proven(address: EmailAddress) -> None:
    """Of two proofs at once the constraint `unique_verified_email`, or the condition, lets one pass."""
    try:
        with transaction.atomic():
            is_new = EmailAddress.objects.filter(pk=address.pk, verified=False).update(verified=True)
    except IntegrityError as taken:
        raise AlreadyProven from taken
    if not is_new:
        raise AlreadyProven
    address.verified = True


def _release_claims(address: EmailAddress) -> None:
    """Take an address away from every other account that never proved it."""
    EmailAddress.objects.filter(email=address.email, verified=False).exclude(user_id=address.user_id).delete()
    User.objects.filter(email=address.email).exclude(pk=address.user_id).update(email=None)


def _give_account_to_prover(address: EmailAddress, *, is_password_theirs: bool) -> bool:
    """Give an account to the first person who proves its mailbox; whether that ended a password.

    A password, and with it every session, ticket and socket, that was made before the proof may be a stranger's: it
    stays only if the prover set it. Other addresses that the account claimed are dropped.
    """
    user: User = address.user
    others = EmailAddress.objects.filter(user=user).exclude(pk=address.pk)
    if others.filter(verified=True).exists():
        return False
    others.delete()
    if is_password_theirs or not user.has_usable_password():
        return False
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return True
