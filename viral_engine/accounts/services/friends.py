"""Who is friends with whom. Every write holds both people's rows, so that two sides acting at once meet in order."""

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
from viral_engine.accounts.models import Block, Consent, Friendship, Role, User
from viral_engine.kernel.services import announce

Status = Friendship.Status

# One text for a name nobody has, somebody hidden by a block, and somebody who may not be asked.
NOBODY = "There is nobody you can add under this name. Check the spelling, or send them your invite link."
GONE = "This request is not open any more. Nothing is left to do."
OWN_BLOCK = "You blocked this person. Unblock them first."


class FriendRefused(Exception):
    """No friendship; the text says what the person can do, and never who blocked whom."""


def objection_to_friends(user: User, at: datetime) -> str:
    """Why this person cannot have friends here, in their words; empty when they can.

    Cost  1 query for a child under 13, none for anybody else.
    """
    if user.role != Role.STUDENT:
        return "Friends are for learners. Log in with a learner's account to add some."
    if not user.is_active or user.blocked_at is not None:
        return "Your account is closed to others for now. Ask the people who run this site."
    age = user.age_on(at.date())
    if rules.needs_consent(age) and rules.may_practice_only(age, Consent.objects.kinds_for(user.pk)):
        return "Your parent has not said yes yet. Ask them to answer our letter; then you can add friends."
    return ""


@transaction.atomic
def request_friend(*, asker: User, asked: User, at: datetime) -> Friendship:
    """A request stands, or the friendship does: asking somebody who already asked you accepts.

    A declined request may be renewed by the one who declined; to the one who was declined it looks as if it waited.

    Cost      5 statements; 1 more for each child under 13.
    Raises    FriendRefused; nothing is written.
    Announces FriendRequested for a new request, FriendshipChanged for an acceptance.
    """
    _hold(asker.pk, asked.pk)
    _require_allowed(asker, asked, at)
    friendship, is_new = Friendship.objects.get_or_create(
        **_named(asker, asked), defaults={"requested_by": asker, "changed_at": at}
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
def accept_invite(*, inviter: User, by: User, at: datetime) -> Friendship:
    """The two are friends: the link asked for the inviter, opening it answers.

    Links are passed on: somebody whom the inviter declined is not let in by one, and sees a request that waits.

    Raises    FriendRefused; nothing is written.
    Announces FriendshipChanged, unless they were friends already.
    """
    _hold(inviter.pk, by.pk)
    _require_allowed(by, inviter, at)
    friendship, _ = Friendship.objects.get_or_create(
        **_named(inviter, by), defaults={"requested_by": inviter, "changed_at": at}
    )
    was_declined = friendship.status in {Status.DECLINED, Status.DROPPED} and friendship.requested_by_id == by.pk
    if was_declined:
        _set(friendship, Status.DECLINED, at)
    elif friendship.status != Status.ACCEPTED:
        _befriend(friendship, at, asked_by=inviter)
    return friendship


@transaction.atomic
def accept_friend(*, friendship: Friendship, by: User, at: datetime) -> Friendship:
    """The two are friends; accepting again changes nothing.

    Raises    FriendRefused unless `by` is the one who was asked, and both may have each other as friends today.
    Announces FriendshipChanged, once.
    """
    _hold(friendship.low_id, friendship.high_id)
    current = Friendship.objects.of(by.pk).filter(~Q(requested_by=by), pk=friendship.pk).first()
    if current is not None and current.status == Status.ACCEPTED:
        return current
    if current is None or current.status != Status.REQUESTED:
        raise FriendRefused(GONE)
    own = objection_to_friends(by, at)
    if own or _objection_to_pair(by, current.other_than(by.pk), at):
        raise FriendRefused(own or GONE)
    return _befriend(current, at)


@transaction.atomic
def decline_friend(*, friendship: Friendship, by: User, at: datetime) -> Friendship:
    """The request is answered with no, which the asker is not told; declining again changes nothing.

    Raises    FriendRefused unless `by` is the one who was asked and has not accepted.
    Announces FriendRequestClosed, once.
    """
    _hold(friendship.low_id, friendship.high_id)
    answered = Friendship.objects.of(by.pk).filter(~Q(requested_by=by), pk=friendship.pk)
    if answered.filter(status=Status.REQUESTED).update(status=Status.DECLINED, changed_at=at):
        announce(FriendRequestClosed(actor_id=by.pk, other_id=friendship.other_id(by.pk)), at=at)
    elif not answered.filter(status__in=[Status.DECLINED, Status.DROPPED]).exists():
        raise FriendRefused(GONE)
    friendship.refresh_from_db()
    return friendship


@transaction.atomic
def withdraw_request(*, friendship: Friendship, by: User, at: datetime) -> None:
    """The person asks no more; one that was declined meanwhile stays declined, unseen.

    Raises    FriendRefused when it was accepted, or is not theirs.
    Announces FriendRequestClosed when somebody could still have answered it.
    """
    _hold(friendship.low_id, friendship.high_id)
    mine = Friendship.objects.filter(pk=friendship.pk, requested_by=by)
    deleted, _ = mine.filter(status=Status.REQUESTED).delete()
    if deleted:
        announce(FriendRequestClosed(actor_id=by.pk, other_id=friendship.other_id(by.pk)), at=at)
        return
    mine.filter(status=Status.DECLINED).update(status=Status.DROPPED, changed_at=at)
    if mine.filter(status=Status.ACCEPTED).exists():
        raise FriendRefused("They said yes before you took it back. You can end the friendship instead.")


@transaction.atomic
def end_friendship(*, user: User, other: User, at: datetime) -> None:
    """The two are no friends; ending what is not changes nothing, and the other is told nothing.

    Announces FriendshipEnded, once.
    """
    _hold(user.pk, other.pk)
    deleted, _ = Friendship.objects.accepted().between(user.pk, other.pk).delete()
    if deleted:
        announce(FriendshipEnded(actor_id=user.pk, other_id=other.pk), at=at)


@transaction.atomic
def block_person(*, blocker: User, blocked: User, at: datetime) -> None:
    """Neither sees the other anywhere, and any friendship between them is gone; blocking again changes nothing.

    Raises    FriendRefused for oneself.
    Announces PersonBlocked, once.
    """
    if blocker.pk == blocked.pk:
        raise FriendRefused("You cannot block yourself.")
    _hold(blocker.pk, blocked.pk)
    _, is_new = Block.objects.get_or_create(blocker=blocker, blocked=blocked, defaults={"created_at": at})
    Friendship.objects.between(blocker.pk, blocked.pk).delete()
    if is_new:
        announce(PersonBlocked(actor_id=blocker.pk, other_id=blocked.pk), at=at)


@transaction.atomic
def unblock_person(*, blocker: User, blocked: User, at: datetime) -> None:
    """The person's own block is gone; what the other one blocked stays. The friendship does not come back.

    Announces PersonUnblocked, once.
    """
    deleted, _ = Block.objects.filter(blocker=blocker, blocked=blocked).delete()
    if deleted:
        announce(PersonUnblocked(actor_id=blocker.pk, other_id=blocked.pk), at=at)


def find_learner(*, asker: User, username: str, at: datetime) -> User | None:
    """The learner of exactly this name, if the asker may ask them; None for anybody else, whatever the reason.

    Cost  2 queries; 1 more for a child under 13.
    """
    found = User.objects.filter(username=username).first()
    return found if found is not None and not _objection_to_pair(asker, found, at) else None


def may_meet(user: User, other: User, at: datetime) -> bool:
    """Whether these two may be friends, as far as it lies with the other and the pair."""
    return not _objection_to_pair(user, other, at)


# -- Inside -----------------------------------------------------------------------------------------------------
def _named(a: User, b: User) -> dict[str, int]:
    low, high = rules.pair(a.pk, b.pk)
    return {"low_id": low, "high_id": high}


def _hold(*ids: int) -> None:
    """Until the transaction ends nobody else changes what is between these two. 1 query.

    In one order, so that two sides never wait for each other; no key lock, so that they may go on practicing. On
    SQLite the whole transaction is IMMEDIATE and so alone.
    """
    list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _require_allowed(asker: User, asked: User, at: datetime) -> None:
    objection = objection_to_friends(asker, at) or _objection_to_pair(asker, asked, at)
    if objection:
        raise FriendRefused(objection)


def _objection_to_pair(asker: User, asked: User, at: datetime) -> str:
    """Only the asker's own block is told from the rest, because only that is theirs to know."""
    blockers = list(Block.objects.between(asker.pk, asked.pk).values_list("blocker_id", flat=True))
    if blockers == [asker.pk]:
        return OWN_BLOCK
    ages = (asker.age_on(at.date()), asked.age_on(at.date()))
    is_fit = asker.pk != asked.pk and not blockers and rules.may_be_friends(*ages)
    return "" if is_fit and not objection_to_friends(asked, at) else NOBODY


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
