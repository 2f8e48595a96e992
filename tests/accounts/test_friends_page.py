"""The friends page over HTTP: what each side reads, and what nobody can find out."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from tests.factories import browser, child, counting, parent_of, path_of, person, statements
from viral_engine.accounts.invites import invite_url
from viral_engine.accounts.models import Block, Friendship, User
from viral_engine.accounts.queries import social_summary
from viral_engine.accounts.services import consent, friends
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db
NOBODY = "We found nobody you can add with this name."


def page_of(client: Client, path: str = "/friends/") -> str:
    return " ".join(client.get(path).content.decode().split())


def section(page: str, name: str) -> str:
    found = re.search(rf'<section class="card" aria-labelledby="{name}">.*?</section>', page)
    return found.group() if found else ""


def befriended(a: User, b: User) -> Friendship:
    return friends.accept_friend(friendship=friends.request_friend(asker=a, asked=b, at=now()), by=b, at=now())


def ask(client: Client, username: str) -> str:
    return client.post("/friends/ask/", {"username": username}, follow=True).content.decode()


def test_a_first_day_learner_reads_what_to_do() -> None:
    page = page_of(browser(person("Ada")))
    assert "No friends here yet. Ask a friend by username, or send them your link" in page
    assert 'action="/friends/#add"' in page
    assert f'value="{settings.SITE_URL}/friends/invite/' in page


def test_asking_accepting_and_ending_by_hand() -> None:
    ada, bo = person("Ada"), person("Bo")
    a, b = browser(ada), browser(bo)
    assert "Ask to be friends" in page_of(a, "/friends/?username=bo")
    assert "Request sent. bo will see it on their friends page." in ask(a, "bo")
    assert "You asked. They have not answered yet." in page_of(a, "/friends/?username=bo")
    assert "<b>bo</b>" in section(page_of(a), "asked")
    friendship = Friendship.objects.get()
    assert "Ada L." in section(page_of(b), "asking")
    answer = b.post(f"/friends/requests/{friendship.pk}/accept/", follow=True).content.decode()
    assert "You are friends now." in answer
    assert "Bo L." in section(page_of(a), "mine")
    assert f'data-online="site:learners" data-person="{bo.pk}"' in section(page_of(a), "mine")
    a.post(f"/friends/{bo.pk}/end/")
    a.post(f"/friends/{bo.pk}/end/")
    assert Friendship.objects.count() == 0


def test_asking_somebody_who_asked_me_is_accepting() -> None:
    ada, bo = person("Ada"), person("Bo")
    friends.request_friend(asker=bo, asked=ada, at=now())
    assert "Say yes" in page_of(browser(ada), "/friends/?username=bo")
    assert "You and bo are friends now." in ask(browser(ada), "bo")


def test_a_declined_person_cannot_tell(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    a, b = browser(ada), browser(bo)
    ask(a, "bo")
    waiting = section(page_of(a), "asked")
    friendship = Friendship.objects.get()
    b.post(f"/friends/requests/{friendship.pk}/decline/")
    assert section(page_of(b), "asking") == ""

    def without_token(text: str) -> str:
        return re.sub(r'value="[^"]*"', "", text)

    assert without_token(section(page_of(a), "asked")) == without_token(waiting)
    assert "Request sent. bo will see it on their friends page." in ask(a, "bo")
    a.post(f"/friends/requests/{friendship.pk}/withdraw/")
    assert section(page_of(a), "asked") == ""
    assert "Ask to be friends" in page_of(a, "/friends/?username=bo")
    assert "Request sent. bo will see it on their friends page." in ask(a, "bo")
    assert section(page_of(b), "asking") == ""  # withdrawing did not make it a new question


def test_withdrawing_and_answering_twice() -> None:
    ada, bo = person("Ada"), person("Bo")
    a, b = browser(ada), browser(bo)
    friendship = friends.request_friend(asker=ada, asked=bo, at=now())
    a.post(f"/friends/requests/{friendship.pk}/withdraw/")
    answer = b.post(f"/friends/requests/{friendship.pk}/accept/", follow=True).content.decode()
    assert "This request is no longer open." in answer
    befriended(ada, bo)
    friendship = Friendship.objects.get()
    answer = a.post(f"/friends/requests/{friendship.pk}/withdraw/", follow=True).content.decode()
    assert "They said yes before you took it back." in answer
    assert Friendship.objects.friend_ids(ada.pk) == {bo.pk}


@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_somebody_elses_request_is_out_of_reach(action: str) -> None:
    ada, bo, cy = person("Ada"), person("Bo"), person("Cy")
    friendship = friends.request_friend(asker=ada, asked=bo, at=now())
    browser(cy).post(f"/friends/requests/{friendship.pk}/{action}/")
    friendship.refresh_from_db()
    assert friendship.status == "requested"


def test_whoever_may_not_be_asked_looks_like_nobody() -> None:
    ada = person("Ada")
    person("Toni", age=33, role="tutor", grade=None)
    person("Dora", age=19)
    child("Comet")
    User.objects.filter(pk=person("Mal").pk).update(blocked_at=now())
    User.objects.filter(pk=person("Gone").pk).update(is_active=False)
    friends.block_person(blocker=person("Bo"), blocked=ada, at=now())
    names = ["nobody", "toni", "dora", "comet", "mal", "gone", "bo", "BO", "b", "%"]
    client = browser(ada)
    found = {client.get("/friends/", {"username": name}).content.decode().count(NOBODY) for name in names}
    assert found == {1}
    messages = {re.search(r'<p class="note bad">(.*?)</p>', ask(client, name)).group(1) for name in names}  # type: ignore[union-attr]
    assert messages == {f"{NOBODY} Check the spelling, or send them your invite link."}
    assert Friendship.objects.count() == 0


def test_a_search_shows_a_name_that_was_known_and_no_other() -> None:
    person("Bo")
    page = page_of(browser(person("Ada")), "/friends/?username=@bo")
    assert "<b>bo</b>" in page
    assert "Lovelace" not in page
    assert "Bo L." not in page


def test_searching_and_asking_are_limited(stopped_clock: None) -> None:
    client = browser(person("Ada"))
    for _ in range(20):
        assert client.get("/friends/?username=bo").status_code == 200
    refused = client.get("/friends/?username=bo")
    assert refused.status_code == 429
    assert "You searched a lot. Wait ten minutes" in refused.content.decode()
    assert client.get("/friends/").status_code == 200
    for _ in range(20):
        ask(client, "nobody")
    assert "You asked many people today." in ask(client, "nobody")


def test_blocking_hides_both_and_only_the_blocker_reads_of_it() -> None:
    ada, bo = person("Ada"), person("Bo")
    befriended(ada, bo)
    a, b = browser(ada), browser(bo)
    b.post(f"/friends/{ada.pk}/block/")
    assert "Bo L." not in page_of(a)
    assert "block" not in page_of(a).lower().replace("neither", "")
    assert "Blocked people (1)" in page_of(b)
    assert "You blocked this person. Unblock them first." in ask(b, "ada")
    assert NOBODY in ask(a, "bo")
    b.post(f"/friends/{ada.pk}/unblock/")
    assert "Request sent. ada will see it on their friends page." in ask(b, "ada")


def test_a_block_of_the_other_side_outlives_my_own() -> None:
    ada, bo = person("Ada"), person("Bo")
    friends.block_person(blocker=ada, blocked=bo, at=now())
    friends.block_person(blocker=bo, blocked=ada, at=now())
    assert NOBODY in ask(browser(ada), "bo")  # a second block looks the same as none
    browser(ada).post(f"/friends/{bo.pk}/unblock/")
    assert Block.objects.get().blocker == bo


@pytest.mark.parametrize("action", ["end", "block", "unblock"])
def test_numbers_of_strangers_lead_nowhere(action: str) -> None:
    client = browser(person("Ada"))
    assert client.post(f"/friends/{person('Bo').pk}/{action}/").status_code == 404
    assert client.post(f"/friends/999999/{action}/").status_code == 404
    assert Block.objects.count() == 0


def test_those_who_cannot_have_friends_read_why_and_what_to_do(at: datetime) -> None:
    kid = child("Comet")
    assert "Ask a parent to say yes and to write to us. Friends need a parent&#x27;s yes." in page_of(browser(kid))
    assert "invite-link" not in page_of(browser(kid))
    person("Bo")
    assert "Your parent has not said yes yet." in ask(browser(kid), "bo")
    assert browser(kid).get("/friends/lists/").status_code == 204
    tutor = person("Toni", age=33, role="tutor", grade=None)
    assert "Log in with a learner&#x27;s account" in page_of(browser(tutor))
    grace = parent_of(kid, at=at)
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    assert "Request sent. bo will see it on their friends page." in ask(browser(kid), "bo")


def test_a_child_disappears_from_friends_with_the_consent(at: datetime) -> None:
    kid, ada = child("Comet"), person("Ada")
    grace = parent_of(kid, at=at)
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    befriended(ada, kid)
    assert "comet" in section(page_of(browser(ada)), "mine")
    consent.withdraw_consent(parent=grace, child=kid, kind="coppa", at=at)
    assert "comet" not in page_of(browser(ada))


# -- Invites ----------------------------------------------------------------------------------------------------
def test_an_invite_makes_friends_of_two_learners() -> None:
    ada, bo = person("Ada"), person("Bo")
    path = path_of(invite_url(ada))
    client = browser(bo)
    assert "Ada L. invites you" in page_of(client, path)
    assert "You and ada are friends now." in client.post(path, follow=True).content.decode()
    client.post(path)
    assert Friendship.objects.friend_ids(ada.pk) == {bo.pk}
    assert "You are friends already." in page_of(client, path)
    assert "Send them the link" in page_of(browser(ada), path)
    browser(ada).post(path)
    assert Friendship.objects.count() == 1


def test_a_stranger_reads_no_minors_name_and_comes_back_after_signing_up() -> None:
    ada = person("Ada")
    path = path_of(invite_url(ada))
    client = browser()
    page = page_of(client, path)
    assert "A friend invites you" in page
    assert "Ada" not in page
    assert client.post(path).headers["Location"] == f"/accounts/login/?next={path}".replace(":", "%3A")
    step = client.post(f"/signup/?next={path}", {"month": 5, "day": 4, "year": now().year - 15})
    person_form = {"first_name": "Bo", "username": "bo", "email": "bo@example.com", "grade": 8}
    answer = client.post(step.headers["Location"], person_form | {"password": "correct-horse-9"})
    assert answer.headers["Location"] == path
    assert "Become friends" in page_of(client, path)


def test_every_dead_invite_looks_the_same(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    with time_machine.travel(now() - timedelta(days=15)):
        old = path_of(invite_url(ada))
    fresh = path_of(invite_url(ada))
    tutor, grown = person("Toni", age=33, role="tutor", grade=None), person("Dora", age=19)
    client = browser(bo)
    dead = [old, fresh[:-4] + "x/", path_of(invite_url(tutor)), path_of(invite_url(grown))]
    pages = [client.get(path) for path in dead]
    friends.block_person(blocker=ada, blocked=bo, at=now())
    pages += [client.get(fresh), client.post(fresh)]
    assert {page.status_code for page in pages} == {410}
    assert {"This invite has expired" in page.content.decode() for page in pages} == {True}
    assert "Log in with a learner&#x27;s account" in page_of(browser(tutor), fresh)
    assert Friendship.objects.count() == 0


def test_a_passed_on_link_lets_nobody_in_who_was_declined() -> None:
    ada, bo = person("Ada"), person("Bo")
    friends.decline_friend(friendship=friends.request_friend(asker=bo, asked=ada, at=now()), by=ada, at=now())
    answer = browser(bo).post(path_of(invite_url(ada)), follow=True).content.decode()
    assert "Request sent. ada will see it on their friends page." in answer
    assert Friendship.objects.friend_ids(ada.pk) == set()


def test_a_child_keeps_the_invite_until_a_parent_agrees() -> None:
    page = page_of(browser(child("Comet")), path_of(invite_url(person("Ada"))))
    assert "Your parent has not said yes yet." in page
    assert "Ada" not in page


# -- Cost -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 30])
def test_the_page_costs_the_same_whatever_the_number_of_friends(count: int) -> None:
    ada = person("Ada")
    for number in range(count):
        befriended(ada, person(f"Friend{number}"))
        friends.request_friend(asker=person(f"Asker{number}"), asked=ada, at=now())
    client = browser(ada)
    costs = {}
    for path in ("/friends/", "/friends/lists/", "/friends/?username=friend0"):
        with counting() as captured:
            client.get(path)
        costs[path] = len(statements(captured))
    assert costs == {"/friends/": 3, "/friends/lists/": 3, "/friends/?username=friend0": 6}
    with counting() as captured:
        welcome = social_summary(ada, now())
    assert (len(captured), welcome.friends, welcome.requests) == (1, count, count)
