from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from viral_engine.accounts.rules import age_on, may_be_friends, ordered_pair
from viral_engine.kernel.hiding import HiddenWith, NotShared

if TYPE_CHECKING:
    from viral_engine.accounts.models.user import User


class FriendshipQuerySet(models.QuerySet["Friendship"]):
    def of(self, user_id: int) -> Self:
        return self.filter(Q(low_id=user_id) | Q(high_id=user_id))

    def accepted(self) -> Self:
        return self.filter(status=Friendship.Status.ACCEPTED)

    def between(self, a: int, b: int) -> Self:
        """The one row of a pair, if any."""
        low, high = ordered_pair(a, b)
        return self.filter(low_id=low, high_id=high)

    def friend_ids(self, user_id: int) -> set[int]:
        """Ids of a person's friends; 1 query."""
        pairs = self.of(user_id).accepted().values_list("low_id", "high_id")
        return {high if low == user_id else low for low, high in pairs}

    def friends_of(self, user_ids: Collection[int], today: date) -> dict[int, set[int]]:
        """Ids of the friends who see each person, for those who have any; 1 query, none without people.

        Minors with minors and adults with adults: a friendship that a birthday divided shows nothing.
        """
        friends: defaultdict[int, set[int]] = defaultdict(set)
        if user_ids:
            pairs = self.filter(Q(low__in=user_ids) | Q(high__in=user_ids)).accepted()
            for low, high, *births in pairs.values_list("low_id", "high_id", "low__birthdate", "high__birthdate"):
                if may_be_friends(*(age_on(born, today) if born else None for born in births)):
                    friends[low].add(high)
                    friends[high].add(low)
        return {user_id: friends[user_id] for user_id in user_ids if user_id in friends}


class Friendship(models.Model):
    """One row per pair, smaller id first, which makes friendship symmetric by construction."""

    shared = HiddenWith("friends_page leaves out people who may not be seen")

    class Status(models.TextChoices):
        REQUESTED = "requested", "Requested"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"  # the asker still sees a waiting request
        DROPPED = (
            "dropped",
            "Declined, then withdrawn",
        )  # kept, so that withdrawing the request does not undo the answer

    low = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    high = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    changed_at = models.DateTimeField()

    objects = FriendshipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("low", "high", name="friendship_once_per_pair"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="friendship_low_before_high"),
            models.CheckConstraint(
                condition=Q(requested_by=F("low")) | Q(requested_by=F("high")),
                name="friendship_requested_by_one_of_them",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.low} and {self.high}: {self.status}"

    def other_id(self, user_id: int) -> int:
        return self.high_id if self.low_id == user_id else self.low_id

    def other_than(self, user_id: int) -> "User":
        """The other person of the pair."""
        return self.high if self.low_id == user_id else self.low


class BlockQuerySet(models.QuerySet["Block"]):
    def between(self, a: int, b: int) -> Self:
        return self.filter(Q(blocker_id=a, blocked_id=b) | Q(blocker_id=b, blocked_id=a))

    def hidden_from(self, user_id: int) -> set[int]:
        """Ids of people blocked in either direction; 1 query."""
        rows = self.filter(Q(blocker_id=user_id) | Q(blocked_id=user_id)).values_list("blocker_id", "blocked_id")
        return {blocked if blocker == user_id else blocker for blocker, blocked in rows}


class Block(models.Model):
    """One person blocks another. Neither sees the other, and only the blocker knows."""

    shared = NotShared("only the blocker reads it")

    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks_made")
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks_received")
    created_at = models.DateTimeField()

    objects = BlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("blocker", "blocked", name="block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker} blocks {self.blocked}"
