"""Friend requests, friendships and blocks. Every write locks both people's rows, which serializes changes of a pair."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from viral_engine.accounts import rules
from viral_engine.accounts.events import (
    FriendRequestClosed,
    FriendRequested,
    FriendshipChanged,
    FriendshipEnded,
    PersonBlocked,
    PersonUnblocked,
)
from viral_engine.accounts.models import Block, Friendship, Role, User
from viral_engine.accounts.services.consent import consent_state_of
from viral_engine.accounts.services.locks import lock_people
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce

Status = Friendship.Status

# One text for an unknown name, a block and a person who may not be asked, so that it gives nothing away.
NOT_FOUND = "We found nobody you can add with this name. Check the spelling, or send them your invite link."
REQUESTS, REQUESTS_S = 20, 24 * 3600  # a person may send so many requests in so many seconds
TOO_MANY_REQUESTS = "You asked many people today. Try again tomorrow, or send your invite link."
REQUEST_CLOSED = "This request is no longer open."
BLOCKED_BY_YOU = "You blocked this person. Unblock them first."


class FriendshipRefused(Exception):
    """The friendship is refused; the text says what to do next and never reveals a block."""


def friends_refusal(user: User, at: datetime) -> str:
    """Why this person cannot have friends here, as a text for them; empty when they can.

    Cost  1 query for a child under 13, none for others.
    """
    if user.role != Role.STUDENT:
        return "Friends are for learners. Log in with a learner's account to add some."
    if not user.is_active or user.blocked_at is not None:
        return "Your account cannot have friends right now. Ask the people who run this site."
    consent = consent_state_of(user, at)
    return f"{consent.words.explained} Friends need a parent's yes." if consent.practices_alone else ""


@transaction.atomic
def request_friend(*, asker: User, asked: User, at: datetime) -> Friendship:
    """Send a friend request, or accept theirs if they already asked.

    The person who declined may send a request later. A declined asker keeps seeing a waiting request.

    Cost      5 statements; 1 more for each child under 13.
    Raises    FriendshipRefused; nothing is written.
    Announces FriendRequested for a new request, FriendshipChanged for an acceptance.
    """
    lock_people(asker.pk, asked.pk)
    _require_allowed(asker, asked, at)
    friendship, is_new = Friendship.objects.get_or_create(
        **_pair_of(asker, asked), defaults={"requested_by": asker, "changed_at": at}
    )
    mine = friendship.requested_by_id == asker.pk
    if is_new:
        announce(FriendRequested(actor_id=asker.pk, other_id=asked.pk), at=at)
    elif mine and friendship.status == Status.DROPPED:
        _set(friendship, Status.DECLINED, at)
    elif not mine and friendship.status == Status.REQUESTED:
        _befriend(friendship, at)
    elif not mine and friendship.status in {Status.DECLINED, Status.DROPPED}:
        _set(friendship, Status.REQUESTED, at, requested_by=asker)
        announce(FriendRequested(actor_id=asker.pk, other_id=asked.pk), at=at)
    return friendship


@transaction.atomic
def accept_invite(*, sender: User, by: User, at: datetime) -> Friendship:
    """Make the two friends: the link is the sender's request, and opening it accepts it.

    Links get passed on, so a person whom the sender declined does not become a friend and sees a waiting request.

    Raises    FriendshipRefused; nothing is written.
    Announces FriendshipChanged, unless they are friends already.
    """
    lock_people(sender.pk, by.pk)
    _require_allowed(by, sender, at)
    friendship, _ = Friendship.objects.get_or_create(
        **_pair_of(sender, by), defaults={"requested_by": sender, "changed_at": at}
    )
    was_declined = friendship.status in {Status.DECLINED, Status.DROPPED} and friendship.requested_by_id == by.pk
    if was_declined:
        _set(friendship, Status.DECLINED, at)
    elif friendship.status != Status.ACCEPTED:
        _befriend(friendship, at, asked_by=sender)
    return friendship


@transaction.atomic
def accept_friend(*, friendship: Friendship, by: User, at: datetime) -> Friendship:
    """Accept a friend request; accepting again changes nothing.

    Raises    FriendshipRefused unless `by` was asked and the two may still be friends.
    Announces FriendshipChanged, once.
    """
    lock_people(friendship.low_id, friendship.high_id)
    current = Friendship.objects.of(by.pk).filter(~Q(requested_by=by), pk=friendship.pk).first()
    if current is not None and current.status == Status.ACCEPTED:
        return current
    if current is None or current.status != Status.REQUESTED:
        raise FriendshipRefused(REQUEST_CLOSED)
    own_refusal = friends_refusal(by, at)
    if own_refusal or _pair_refusal(by, current.other_than(by.pk), at):
        raise FriendshipRefused(own_refusal or REQUEST_CLOSED)
    return _befriend(current, at)


@transaction.atomic
def decline_friend(*, friendship: Friendship, by: User, at: datetime) -> Friendship:
    """Decline a friend request without notifying the asker; declining again changes nothing.

    Raises    FriendshipRefused unless `by` was asked and has not accepted.
    Announces FriendRequestClosed, once.
    """
    lock_people(friendship.low_id, friendship.high_id)
    answered = Friendship.objects.of(by.pk).filter(~Q(requested_by=by), pk=friendship.pk)
    if answered.filter(status=Status.REQUESTED).update(status=Status.DECLINED, changed_at=at):
        announce(FriendRequestClosed(actor_id=by.pk, other_id=friendship.other_id(by.pk)), at=at)
    elif not answered.filter(status__in=[Status.DECLINED, Status.DROPPED]).exists():
        raise FriendshipRefused(REQUEST_CLOSED)
    friendship.refresh_from_db()
    return friendship


@transaction.atomic
def withdraw_request(*, friendship: Friendship, by: User, at: datetime) -> None:
    """Withdraw the person's own request; one that was declined stays declined, without showing it.

    Raises    FriendshipRefused when it was accepted or is not theirs.
    Announces FriendRequestClosed when the request was still open.
    """
    lock_people(friendship.low_id, friendship.high_id)
    mine = Friendship.objects.filter(pk=friendship.pk, requested_by=by)
    deleted, _ = mine.filter(status=Status.REQUESTED).delete()
    if deleted:
        announce(FriendRequestClosed(actor_id=by.pk, other_id=friendship.other_id(by.pk)), at=at)
        return
    mine.filter(status=Status.DECLINED).update(status=Status.DROPPED, changed_at=at)
    if mine.filter(status=Status.ACCEPTED).exists():
        raise FriendshipRefused("They said yes before you took it back. You can end the friendship instead.")


@transaction.atomic
def end_friendship(*, user: User, other: User, at: datetime) -> None:
    """End a friendship without notifying the other; without a friendship it changes nothing.

    Announces FriendshipEnded, once.
    """
    lock_people(user.pk, other.pk)
    deleted, _ = Friendship.objects.accepted().between(user.pk, other.pk).delete()
    if deleted:
        announce(FriendshipEnded(actor_id=user.pk, other_id=other.pk), at=at)


@transaction.atomic
def block_person(*, blocker: User, blocked: User, at: datetime) -> None:
    """Hide two people from each other everywhere and end their friendship; blocking again changes nothing.

    Raises    FriendshipRefused when blocking oneself.
    Announces PersonBlocked, once.
    """
    if blocker.pk == blocked.pk:
        raise FriendshipRefused("You cannot block yourself.")
    lock_people(blocker.pk, blocked.pk)
    _, is_new = Block.objects.get_or_create(blocker=blocker, blocked=blocked, defaults={"created_at": at})
    Friendship.objects.between(blocker.pk, blocked.pk).delete()
    if is_new:
        announce(PersonBlocked(actor_id=blocker.pk, other_id=blocked.pk), at=at)


@transaction.atomic
def unblock_person(*, blocker: User, blocked: User, at: datetime) -> None:
    """Remove the person's own block; the other's block stays. The friendship does not come back.

    Announces PersonUnblocked, once.
    """
    deleted, _ = Block.objects.filter(blocker=blocker, blocked=blocked).delete()
    if deleted:
        announce(PersonUnblocked(actor_id=blocker.pk, other_id=blocked.pk), at=at)


def find_learner(*, asker: User, username: str, at: datetime) -> User | None:
    """The learner with this username, in whatever spelling, if the asker may ask them; else None, without a reason.

    Cost  2 queries; 1 more for a child under 13.
    """
    found = User.objects.named(username).first()
    return found if found is not None and not _pair_refusal(asker, found, at) else None


def may_meet(user: User, other: User, at: datetime) -> bool:
    """Whether `other` and the pair allow a friendship; `user` is not checked."""
    return not _pair_refusal(user, other, at)


# -- Internals -----------------------------------------------------------------------------------------------------
def _pair_of(a: User, b: User) -> dict[str, int]:
    low, high = rules.ordered_pair(a.pk, b.pk)
    return {"low_id": low, "high_id": high}


def _require_allowed(asker: User, asked: User, at: datetime) -> None:
    refusal = friends_refusal(asker, at) or _pair_refusal(asker, asked, at)
    if refusal:
        raise FriendshipRefused(refusal)


def _pair_refusal(asker: User, asked: User, at: datetime) -> str:
    """A refusal text; only the asker's own block gets its own text, because other blocks stay secret."""
    blockers = list(Block.objects.between(asker.pk, asked.pk).values_list("blocker_id", flat=True))
    if blockers == [asker.pk]:
        return BLOCKED_BY_YOU
    ages = (asker.age_on(today(at)), asked.age_on(today(at)))
    is_allowed = asker.pk != asked.pk and not blockers and rules.may_be_friends(*ages)
    return "" if is_allowed and not friends_refusal(asked, at) else NOT_FOUND


def _befriend(friendship: Friendship, at: datetime, *, asked_by: User | None = None) -> Friendship:
    asker_id = asked_by.pk if asked_by is not None else friendship.requested_by_id
    _set(friendship, Status.ACCEPTED, at)
    changed = FriendshipChanged(actor_id=friendship.low_id, other_id=friendship.high_id, asked_by_id=asker_id)
    announce(changed, at=at)
    return friendship


def _set(friendship: Friendship, status: str, at: datetime, *, requested_by: User | None = None) -> None:
    friendship.status, friendship.changed_at = status, at
    if requested_by is not None:
        friendship.requested_by = requested_by
    friendship.save(update_fields=["status", "changed_at", "requested_by"])
