from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from tests.people import person
from viral_engine.accounts import services
from viral_engine.accounts.models import Block, Cohort, CohortMembership, Friendship
from viral_engine.accounts.services import FriendRefused

pytestmark = pytest.mark.django_db


def test_a_request_accepted_makes_friends_of_both(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friendship = services.request_friend(asker=ada, asked=bo, at=at)
    assert Friendship.objects.friend_ids(ada.pk) == set()
    services.accept_friend(friendship=friendship, by=bo, at=at)
    assert Friendship.objects.friend_ids(ada.pk) == {bo.pk}
    assert Friendship.objects.friend_ids(bo.pk) == {ada.pk}


def test_asking_each_other_is_accepting(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    services.request_friend(asker=ada, asked=bo, at=at)
    assert services.request_friend(asker=bo, asked=ada, at=at).status == "accepted"
    assert Friendship.objects.count() == 1


def test_nobody_accepts_their_own_request_or_answers_twice(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friendship = services.request_friend(asker=ada, asked=bo, at=at)
    with pytest.raises(FriendRefused):
        services.accept_friend(friendship=friendship, by=ada, at=at)
    services.decline_friend(friendship=friendship, by=bo, at=at)
    with pytest.raises(FriendRefused):
        services.accept_friend(friendship=friendship, by=bo, at=at)


def test_a_declined_person_stays_declined_until_the_other_asks(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    services.decline_friend(friendship=services.request_friend(asker=ada, asked=bo, at=at), by=bo, at=at)
    assert services.request_friend(asker=ada, asked=bo, at=at).status == "declined"
    renewed = services.request_friend(asker=bo, asked=ada, at=at)
    assert (renewed.status, renewed.requested_by) == ("requested", bo)


def test_a_block_ends_the_friendship_and_hides_both(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    services.request_friend(asker=ada, asked=bo, at=at)
    services.block_person(blocker=bo, blocked=ada, at=at)
    assert Friendship.objects.count() == 0
    assert Block.objects.hidden_from(ada.pk) == {bo.pk}
    assert Block.objects.hidden_from(bo.pk) == {ada.pk}
    for asker, asked in ((ada, bo), (bo, ada)):
        with pytest.raises(FriendRefused):
            services.request_friend(asker=asker, asked=asked, at=at)


def test_the_database_refuses_a_pair_the_wrong_way_round(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    with pytest.raises(IntegrityError), transaction.atomic():
        Friendship.objects.create(low=bo, high=ada, requested_by=ada, changed_at=at)


def test_one_cohort_is_primary(at: datetime) -> None:
    ada = person("Ada")
    comets, stars = Cohort.objects.create(name="Comets"), Cohort.objects.create(name="Stars")
    services.join_cohort(cohort=comets, user=ada, at=at)
    services.join_cohort(cohort=stars, user=ada, at=at)
    services.join_cohort(cohort=stars, user=ada, at=at)
    assert list(CohortMembership.objects.filter(is_primary=True).values_list("cohort__name", flat=True)) == ["Stars"]
    sizes = Cohort.objects.with_size().values_list("name", "size")  # type: ignore[misc]
    assert dict(sizes) == {"Comets": 1, "Stars": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        CohortMembership.objects.filter(cohort=comets).update(is_primary=True)
