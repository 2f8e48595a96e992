from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from tests.factories import child, counting, parent_of, person, statements
from viral_engine.accounts.models import Block, Cohort, CohortMembership, Friendship, User
from viral_engine.accounts.rules import may_be_friends
from viral_engine.accounts.services import cohorts, consent, friends
from viral_engine.accounts.services.friends import FriendshipRefused
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db


def test_a_request_accepted_makes_friends_of_both(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friendship = friends.request_friend(asker=ada, asked=bo, at=at)
    assert Friendship.objects.friend_ids(ada.pk) == set()
    friends.accept_friend(friendship=friendship, by=bo, at=at)
    assert Friendship.objects.friend_ids(ada.pk) == {bo.pk}
    assert Friendship.objects.friend_ids(bo.pk) == {ada.pk}


def test_asking_each_other_is_accepting(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friends.request_friend(asker=ada, asked=bo, at=at)
    assert friends.request_friend(asker=bo, asked=ada, at=at).status == "accepted"
    assert Friendship.objects.count() == 1


def test_nobody_accepts_their_own_request_or_answers_twice(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friendship = friends.request_friend(asker=ada, asked=bo, at=at)
    with pytest.raises(FriendshipRefused):
        friends.accept_friend(friendship=friendship, by=ada, at=at)
    friends.decline_friend(friendship=friendship, by=bo, at=at)
    with pytest.raises(FriendshipRefused):
        friends.accept_friend(friendship=friendship, by=bo, at=at)


def test_a_declined_person_stays_declined_until_the_other_asks(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friends.decline_friend(friendship=friends.request_friend(asker=ada, asked=bo, at=at), by=bo, at=at)
    assert friends.request_friend(asker=ada, asked=bo, at=at).status == "declined"
    renewed = friends.request_friend(asker=bo, asked=ada, at=at)
    assert (renewed.status, renewed.requested_by) == ("requested", bo)


def test_a_block_ends_the_friendship_and_hides_both(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friends.request_friend(asker=ada, asked=bo, at=at)
    friends.block_person(blocker=bo, blocked=ada, at=at)
    assert Friendship.objects.count() == 0
    assert Block.objects.hidden_from(ada.pk) == {bo.pk}
    assert Block.objects.hidden_from(bo.pk) == {ada.pk}
    for asker, asked in ((ada, bo), (bo, ada)):
        with pytest.raises(FriendshipRefused):
            friends.request_friend(asker=asker, asked=asked, at=at)


def test_the_database_refuses_a_pair_the_wrong_way_round(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    with pytest.raises(IntegrityError), transaction.atomic():
        Friendship.objects.create(low=bo, high=ada, requested_by=ada, changed_at=at)


def test_one_cohort_is_primary(at: datetime) -> None:
    ada = person("Ada")
    comets, stars = Cohort.objects.create(name="Comets"), Cohort.objects.create(name="Stars")
    cohorts.join_cohort(cohort=comets, user=ada, at=at)
    cohorts.join_cohort(cohort=stars, user=ada, at=at)
    cohorts.join_cohort(cohort=stars, user=ada, at=at)
    assert list(CohortMembership.objects.filter(is_primary=True).values_list("cohort__name", flat=True)) == ["Stars"]
    sizes = Cohort.objects.with_size().values_list("name", "size")  # type: ignore[misc]
    assert dict(sizes) == {"Comets": 1, "Stars": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        CohortMembership.objects.filter(cohort=comets).update(is_primary=True)


def announced() -> list[str]:
    return list(LoggedEvent.objects.order_by("pk").values_list("type", flat=True))


def test_what_happens_between_two_people_is_announced_once(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    for _ in range(2):
        friendship = friends.request_friend(asker=ada, asked=bo, at=at)
    for _ in range(2):
        friends.accept_friend(friendship=friendship, by=bo, at=at)
    for _ in range(2):
        friends.end_friendship(user=ada, other=bo, at=at)
    for _ in range(2):
        friends.block_person(blocker=ada, blocked=bo, at=at)
    for _ in range(2):
        friends.unblock_person(blocker=ada, blocked=bo, at=at)
    assert announced() == [
        "friend_requested",
        "friendship_changed",
        "friendship_ended",
        "person_blocked",
        "person_unblocked",
    ]
    assert LoggedEvent.objects.get(type="friendship_changed").properties["asked_by_id"] == ada.pk


def test_declining_and_withdrawing_twice_changes_nothing(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friendship = friends.request_friend(asker=ada, asked=bo, at=at)
    for _ in range(2):
        friends.decline_friend(friendship=friendship, by=bo, at=at)
    for _ in range(2):
        friends.withdraw_request(friendship=friendship, by=ada, at=at)
    friendship.refresh_from_db()
    assert friendship.status == "dropped"
    assert friends.request_friend(asker=ada, asked=bo, at=at).status == "declined"
    assert announced() == ["friend_requested", "friend_request_closed"]
    assert friends.request_friend(asker=bo, asked=ada, at=at).status == "requested"


@pytest.mark.parametrize(
    ("age", "other", "may"),
    [(12, 17, True), (17, 17, True), (17, 18, False), (18, 17, False), (18, 60, True), (None, 15, True)],
)
def test_nobody_of_age_befriends_a_minor(age: int | None, other: int | None, may: bool) -> None:
    assert may_be_friends(age, other) is may
    assert may_be_friends(other, age) is may


def people_who_may_not(at: datetime) -> list[User]:
    return [
        person("Toni", age=33, role="tutor", grade=None, at=at),
        person("Grace", age=41, role="parent", grade=None, at=at),
        person("Dora", age=19, at=at),
        child("Comet"),
        person("Mal", blocked_at=at),
        person("Gone", is_active=False),
        person("Unborn", birthdate=None),
    ]


def test_adults_children_without_consent_and_closed_accounts_are_refused_on_every_way(at: datetime) -> None:
    ada = person("Ada")
    for other in people_who_may_not(at):
        for asker, asked in ((ada, other), (other, ada)):
            with pytest.raises(FriendshipRefused):
                friends.request_friend(asker=asker, asked=asked, at=at)
            with pytest.raises(FriendshipRefused):
                friends.accept_invite(sender=asker, by=asked, at=at)
    assert Friendship.objects.count() == 0


def test_a_request_from_before_is_not_accepted_once_it_would_be_refused(at: datetime) -> None:
    ada, kid, grown = person("Ada"), child("Comet"), person("Dora", age=17)
    grace = parent_of(kid, at=at)
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    from_kid = friends.request_friend(asker=kid, asked=ada, at=at)
    from_grown = friends.request_friend(asker=grown, asked=ada, at=at)
    consent.withdraw_consent(parent=grace, child=kid, kind="coppa", at=at)
    later = at.replace(year=at.year + 2)
    for friendship, when in ((from_kid, at), (from_grown, later)):
        with pytest.raises(FriendshipRefused, match="This request is no longer open"):
            friends.accept_friend(friendship=friendship, by=ada, at=when)
    assert Friendship.objects.accepted().count() == 0


def test_friends_cost_what_they_say(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    with counting() as captured:
        friends.request_friend(asker=ada, asked=bo, at=at)
    assert len(statements(captured)) == 5
    with counting() as captured:
        friends.find_learner(asker=ada, username="bo", at=at)
    assert len(statements(captured)) == 2
