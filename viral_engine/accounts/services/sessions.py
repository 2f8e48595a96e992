from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.cached_db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction

from viral_engine.accounts.events import AccountBlocked, AccountUnblocked, SignedOut
from viral_engine.accounts.models import User
from viral_engine.kernel.services import announce

SET_HERE = "own_password"  # the key in a session; its value ends with the password


def remember_own_password(session: SessionBase, user: User) -> None:
    """Mark the session as the one that set the person's current password."""
    session[SET_HERE] = user.password_stamp


def set_password_here(session: SessionBase, user: User) -> bool:
    """Whether this session set the person's current password."""
    return session.get(SET_HERE) == user.password_stamp


@transaction.atomic
def sign_out(*, user: User, at: datetime) -> None:
    """Invalidate all socket tokens issued to a person; devices that are still logged in get new ones.

    Announces SignedOut.
    """
    User.objects.filter(pk=user.pk).update(signed_out_at=at)
    announce(SignedOut(actor_id=user.pk), at=at)


def delete_sessions(*, user_id: int) -> None:
    """Delete a person's stored sessions. Slow: it decodes every session to find its user.

    Call it outside a transaction, or SQLite's write lock is held the whole time.
    """
    owner = str(user_id)
    theirs = [one.pk for one in Session.objects.iterator() if one.get_decoded().get("_auth_user_id") == owner]
    for key in theirs:
        SessionStore(key).delete()  # from the cache, too


@transaction.atomic
def close_account(*, user: User, at: datetime) -> None:
    """Close a person's sockets after staff blocked or deactivated the account.

    Announces AccountBlocked.
    """
    User.objects.filter(pk=user.pk).update(signed_out_at=at)
    announce(AccountBlocked(actor_id=user.pk), at=at)


@transaction.atomic
def reopen_account(*, user: User, at: datetime) -> None:
    """Announce that staff switched the account on again.

    Announces AccountUnblocked.
    """
    announce(AccountUnblocked(actor_id=user.pk), at=at)


@transaction.atomic
def block_account(*, user: User, at: datetime) -> bool:
    """Refuse sharing and chatting, and close the sockets; False when the account was blocked before.

    Announces AccountBlocked, once per block.
    """
    if not User.objects.filter(pk=user.pk, blocked_at=None).update(blocked_at=at):
        return False
    close_account(user=user, at=at)
    return True


@transaction.atomic
def unblock_account(*, user: User, at: datetime) -> bool:
    """Allow sharing and chatting again; False when the account was not blocked.

    Announces AccountUnblocked, once per block.
    """
    if not User.objects.filter(pk=user.pk, blocked_at__isnull=False).update(blocked_at=None):
        return False
    announce(AccountUnblocked(actor_id=user.pk), at=at)
    return True
