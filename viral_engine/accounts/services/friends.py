from datetime import datetime

from django.db import transaction
from django.db.models import Q

from viral_engine.accounts.models import Block, Friendship, User
from viral_engine.accounts.rules import pair

Status = Friendship.Status


class FriendRefused(Exception):
    """No friendship: oneself, or a block in either direction. The text never says which block."""


@transaction.atomic
def request_friend(*, asker: User, asked: User, at: datetime) -> Friendship:
    """A request stands, or the friendship does: asking somebody who already asked you accepts.

    A declined request may be renewed by the one who declined, never by the one who was declined.

    Raises  FriendRefused; nothing is written.
    """
    if asker.pk == asked.pk or Block.objects.between(asker.pk, asked.pk).exists():
        raise FriendRefused("This person cannot be added.")
    low, high = pair(asker.pk, asked.pk)
    friendship, is_new = Friendship.objects.get_or_create(
        low_id=low, high_id=high, defaults={"requested_by": asker, "changed_at": at}
    )
    if is_new or friendship.requested_by_id == asker.pk:
        return friendship
    if friendship.status == Status.REQUESTED:
        return _answer(friendship, Status.ACCEPTED, at)
    if friendship.status == Status.DECLINED:
        friendship.requested_by = asker
        friendship.save(update_fields=["requested_by"])
        return _answer(friendship, Status.REQUESTED, at)
    return friendship


def accept_friend(*, friendship: Friendship, by: User, at: datetime) -> Friendship:
    """Raises  FriendRefused unless `by` is the one who was asked and has not answered."""
    return _answer_as(by, friendship, Status.ACCEPTED, at)


def decline_friend(*, friendship: Friendship, by: User, at: datetime) -> Friendship:
    """Raises  FriendRefused unless `by` is the one who was asked and has not answered."""
    return _answer_as(by, friendship, Status.DECLINED, at)


def _answer_as(by: User, friendship: Friendship, status: Status, at: datetime) -> Friendship:
    # One conditional update: of two answers at once the first stands.
    open_to_me = Friendship.objects.of(by.pk).filter(~Q(requested_by=by), pk=friendship.pk, status=Status.REQUESTED)
    if not open_to_me.update(status=status, changed_at=at):
        raise FriendRefused("There is no open request to answer.")
    friendship.refresh_from_db()
    return friendship


def _answer(friendship: Friendship, status: Status, at: datetime) -> Friendship:
    friendship.status, friendship.changed_at = status, at
    friendship.save(update_fields=["status", "changed_at"])
    return friendship


@transaction.atomic
def block_person(*, blocker: User, blocked: User, at: datetime) -> None:
    """Neither sees the other anywhere, and any friendship between them is gone."""
    if blocker.pk == blocked.pk:
        raise FriendRefused("You cannot block yourself.")
    Block.objects.get_or_create(blocker=blocker, blocked=blocked, defaults={"created_at": at})
    low, high = pair(blocker.pk, blocked.pk)
    Friendship.objects.filter(low_id=low, high_id=high).delete()
