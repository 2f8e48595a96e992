"""Events become notifications: grouped, muted by kind, read once, and without names that may not be shown."""

from datetime import datetime, timedelta

import pytest

from loops.events import RewardGranted
from tests.factories import browser, child, counting, person, statements
from viral_engine.accounts.events import FriendRequested, FriendshipChanged
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.notifications.models import MutedKind, UserNotification
from viral_engine.notifications.queries import newest_notifications, unread_count
from viral_engine.notifications.services.inbox import mark_read, notify

pytestmark = pytest.mark.django_db


def texts(user: object) -> list[str]:
    return [line.text for line in newest_notifications(user)]  # type: ignore[arg-type]


def test_news_of_a_kind_are_grouped_until_they_are_read(at: datetime) -> None:
    ada, bo, cy = (person(name, at=at) for name in ("Ada", "Bo", "Cy"))
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    assert texts(ada) == ["Bo wants to be friends with you."]
    notify(FriendRequested(actor_id=cy.pk, other_id=ada.pk), at + timedelta(minutes=1))
    assert (texts(ada), unread_count(ada)) == (["2 learners want to be friends with you."], 2)
    assert (mark_read(user=ada, at=at), mark_read(user=ada, at=at), unread_count(ada)) == (1, 0, 0)
    notify(RewardGranted(actor_id=ada.pk, kind="points", amount=1, reason=""), at + timedelta(minutes=2))
    notify(FriendshipChanged(actor_id=cy.pk, other_id=ada.pk, asked_by_id=ada.pk), at + timedelta(minutes=3))
    assert texts(ada)[:2] == ["Cy is now your friend.", "You got 1 point."]
    assert (UserNotification.objects.count(), texts(bo), texts(cy)) == (3, [], [])


def test_a_muted_kind_and_people_who_are_gone_get_nothing(at: datetime) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    MutedKind.objects.create(user=ada, kind="friend_request", channel="page")
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    notify(FriendRequested(actor_id=bo.pk, other_id=10**6), at)
    assert not UserNotification.objects.exists()


def test_an_erased_person_is_in_no_ones_news(at: datetime) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    erase_account(user=bo, by=bo, at=at)
    assert texts(ada) == []


def test_a_childs_first_name_is_not_shown(at: datetime) -> None:
    ada, kid = person("Ada", at=at), child("Bo", first_name="Robert", at=at)
    notify(FriendRequested(actor_id=kid.pk, other_id=ada.pk), at)
    assert texts(ada) == ["bo wants to be friends with you."]


def test_the_page_costs_the_same_for_one_line_and_for_many(at: datetime) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    at_ada = browser(ada)
    costs = []
    for number in range(3):
        notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at + timedelta(minutes=number))
        with counting() as captured:
            page = at_ada.get("/notifications/").content.decode()
        costs.append(len(statements(captured)))
        mark_read(user=ada, at=at)
    assert page.count('class="news-line"') == 3
    assert costs[1:] == [costs[1]] * 2


def test_a_line_is_opened_once_and_by_its_owner_alone(at: datetime) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    address = f"/notifications/{UserNotification.objects.get().pk}/open/"
    assert browser(bo).post(address).status_code == 404
    at_ada = browser(ada)
    assert "1 new" in at_ada.get("/notifications/badge/").content.decode()
    assert at_ada.get(address).status_code == 405
    opened = at_ada.post(address)
    assert (opened.status_code, opened["Location"]) == (302, "/friends/")
    assert "1 new" not in at_ada.get("/notifications/badge/").content.decode()
    assert browser().get("/notifications/").status_code == 302


def test_preferences_are_stored_by_kind_and_channel(at: datetime) -> None:
    ada = person("Ada", at=at)
    at_ada = browser(ada)
    page = at_ada.get("/notifications/settings/").content.decode()
    boxes = {f"{key}-{channel}": "on" for key in ("badge", "reward", "friend") for channel in ("page", "push")}
    hours = {"time_zone": "America/New_York", "starts": "20:30", "ends": "06:45"}
    assert page.count('type="checkbox"') == page.count(" checked") == 18
    assert at_ada.post("/notifications/settings/", {**boxes, **hours, "badge-push": ""}).status_code == 302
    assert MutedKind.objects.filter(user=ada).count() == 18 - 5
    assert set(MutedKind.objects.filter(user=ada, kind="badge").values_list("channel", flat=True)) == {"push"}
    assert str(ada.quiet_hours) == "20:30 to 06:45, America/New_York"
    refused = at_ada.post("/notifications/settings/", {**hours, "time_zone": "Mars/Olympus"})
    assert (refused.status_code, MutedKind.objects.filter(user=ada).count()) == (200, 13)
