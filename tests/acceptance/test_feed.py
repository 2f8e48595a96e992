"""The feed, from practice on the site to another person's open page, and actions on its items."""

import asyncio
import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client

from feeds.models import Activity, CoPractice
from feeds.queries import recommended_rooms
from tests.factories import browser, child, cohort_of, counting, parent_of, person, practice, statements
from tests.servers import Server
from tests.sockets import connected, get, in_thread, post, until, watching
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent, friends
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Attempt, Skill

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bo(ada: User, at: datetime) -> User:
    """Ada's friend, in no cohort with her."""
    friend = person("Bo")
    friends.accept_friend(friendship=friends.request_friend(asker=ada, asked=friend, at=at), by=friend, at=at)
    return friend


def practice_here(server: Server, client: Client, user: User) -> Attempt:
    """Finish a practice on the running site."""
    post(server, client, "/practice/start/algebra/")
    attempt = Attempt.objects.filter(user=user).latest("started_at")
    answer_here(server, client, attempt)
    return attempt


def answer_here(server: Server, client: Client, attempt: Attempt) -> None:
    for answer in attempt.answers.select_related("question"):
        choice = str(answer.question.answer)
        post(server, client, f"/practice/{attempt.pk}/answer/", position=str(answer.position), choice=choice)
    post(server, client, f"/practice/{attempt.pk}/finish/")


def any_brings(got: list[str]) -> bool:
    return any("data-brings" in one for one in got)


def first_item(html: str) -> str:
    found = re.search(r"<li class=\"activity\".*?</li>", html, re.DOTALL)
    assert found is not None
    return found.group()


async def test_practice_reaches_cohort_and_friends_and_matches_a_reload(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    cy = await in_thread(lambda: person("Cy"))
    await in_thread(lambda: cohort_of(ada, cy, at=now()))
    actor, friend, mate = await in_thread(lambda: (browser(ada), browser(bo), browser(cy)))
    async with watching(server, friend, "feed") as by_friend, watching(server, mate, "feed") as by_mate:
        await in_thread(partial(practice_here, server, actor, ada))
        for got, reader in ((by_friend, friend), (by_mate, mate)):
            await until(partial(any_brings, got))
            [pushed] = [one for one in got if "data-brings" in one]
            page = await in_thread(partial(get, server, reader, "/feed/"))
            assert first_item(pushed) == first_item(page)
            assert "practiced Algebra" in pushed
            assert "100%" not in pushed  # only its owner shares a score
        activity = await in_thread(Activity.objects.get)
        await in_thread(partial(post, server, friend, f"/feed/{activity.pk}/react/", kind="clap"))
        await until(lambda: any("Well done, 1" in one for one in by_mate))


async def test_opting_out_removes_a_person_from_open_streams(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    actor, friend = await in_thread(lambda: (browser(ada), browser(bo)))
    await in_thread(partial(practice_here, server, actor, ada))
    async with watching(server, friend, "feed") as got:
        assert "practiced Algebra" in got[0]
        await in_thread(partial(post, server, actor, "/settings/", avatar="mint", presence_visible="on"))
        await until(lambda: 'hx-select="#stream"' in got[-1])  # the page reconnects its stream
        assert "practiced" not in await in_thread(partial(get, server, friend, "/feed/"))


async def test_strangers_see_nothing_and_may_do_nothing(server: Server, catalogue: None, ada: User) -> None:
    dee = await in_thread(lambda: person("Dee"))
    actor, stranger = await in_thread(lambda: (browser(ada), browser(dee)))
    async with connected(server, dee) as [d]:
        with pytest.raises(Exception, match="not_your_topic"):
            await d.join(f"activity_feed:{ada.pk}")
    async with watching(server, stranger, "feed") as got:
        await in_thread(partial(practice_here, server, actor, ada))
        activity = await in_thread(Activity.objects.get)
        assert len(got) == 1

        def tried() -> set[int]:
            answers = [
                stranger.post(f"/feed/{activity.pk}/react/", {"kind": "clap"}),
                stranger.post(f"/loops/back/{activity.pk}/"),
            ]
            return {answer.status_code for answer in answers}

        assert await in_thread(tried) == {404}


async def test_challenging_back_starts_a_buddy_challenge_and_notifies_the_other(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    actor, friend = await in_thread(lambda: (browser(ada), browser(bo)))
    await in_thread(partial(practice_here, server, actor, ada))
    activity = await in_thread(Activity.objects.get)
    back = f"/loops/back/{activity.pk}/"
    asked = await in_thread(partial(post, server, friend, back))
    assert "/practice/" in asked  # her score becomes the challenge, so practice starts at once
    await in_thread(partial(practice_here, server, friend, bo))
    async with connected(server, ada) as [a]:
        await a.join(f"user:{ada.pk}")
        sheet = await in_thread(partial(post, server, friend, back))
        assert "/loops/share/" in sheet
        [pushed] = await a.hears(f"user:{ada.pk}", "challenged_back")
        assert pushed["text"] == "Bo L. challenges you back in Algebra."
        assert "/loops/share/" in await in_thread(partial(post, server, friend, back))  # an impatient repeat
        await asyncio.sleep(0.2)
        assert len(a.events(f"user:{ada.pk}", "challenged_back")) == 1
        landing = await in_thread(partial(get, server, actor, pushed["url"]))
        assert "Algebra" in landing
    decisions = await in_thread(
        lambda: list(Decision.objects.filter(agent="orchestrator", actor_id=bo.pk).values_list("type", "outcome"))
    )
    assert ("challenge_initiated", "buddy_challenge") in decisions or (
        "practice_completed",
        "buddy_challenge",
    ) in decisions


async def test_a_friend_is_nudged_once_an_hour_and_two_practice_side_by_side(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    def cast() -> tuple[Client, Client, Client]:
        cy = person("Cy")
        friends.accept_friend(friendship=friends.request_friend(asker=ada, asked=cy, at=now()), by=cy, at=now())
        User.objects.filter(pk=bo.pk).update(current_subject="math")
        User.objects.filter(pk=cy.pk).update(current_subject="science")
        return browser(ada), browser(bo), browser(cy)

    actor, friend, elsewhere = await in_thread(cast)
    async with watching(server, friend, "feed") as got, watching(server, elsewhere, "feed") as of_another_subject:
        await in_thread(partial(practice_here, server, actor, ada))
        await in_thread(partial(practice_here, server, actor, ada))
        await until(lambda: sum('id="nudge"' in one for one in got) >= 1)
        assert sum('id="nudge"' in one for one in got) == 1
        assert not any('id="nudge"' in one for one in of_another_subject)
        [nudge] = [one for one in got if 'id="nudge"' in one]
        assert "data-dismiss" in nudge
    logged = await in_thread(
        lambda: list(Decision.objects.filter(agent="social_presence").values_list("actor_id", "outcome", "features"))
    )
    assert logged == [(ada.pk, "nudged", {"friends": 1, "nudged": 1})]
    async with connected(server, ada) as [a]:
        await a.join(f"user:{ada.pk}")
        where = await in_thread(partial(post, server, friend, "/together/", friend=str(ada.pk), skill="algebra"))
        [asked] = await a.hears(f"user:{ada.pk}", "together_asked")
        assert asked["text"] == "Bo L. wants to practice Algebra with you."
        together = await in_thread(CoPractice.objects.get)
        assert where.endswith(asked["url"])
        async with watching(server, friend, f"together:{together.pk}") as seen:
            await in_thread(partial(post, server, actor, f"{asked['url']}join/"))
            attempt = await in_thread(lambda: Attempt.objects.get(deck=together.deck_id, user=ada))
            await in_thread(partial(answer_here, server, actor, attempt))
            await until(lambda: "done: 5 of 5 right" in seen[-1])
            page = await in_thread(partial(get, server, friend, asked["url"]))
            assert seen[-1].strip() in page


async def test_friends_outside_the_cohort_see_nothing_of_a_child(
    server: Server, catalogue: None, bo: User, at: datetime
) -> None:
    def cast() -> User:
        kid = child("Comet")
        grace = parent_of(kid, at=at)
        consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
        kid.refresh_from_db()
        friends.accept_friend(friendship=friends.request_friend(asker=kid, asked=bo, at=at), by=bo, at=at)
        return kid

    kid = await in_thread(cast)
    actor, friend = await in_thread(lambda: (browser(kid), browser(bo)))
    async with watching(server, friend, "feed") as got:
        await in_thread(partial(practice_here, server, actor, kid))
        await asyncio.sleep(0.2)
        assert len(got) == 1
        assert "comet" not in "".join(got).lower()


@pytest.mark.parametrize("count", [1, 50])
def test_the_feed_page_costs_eight_queries_at_one_and_at_fifty(algebra: Skill, ada: User, count: int) -> None:
    cohort = cohort_of(ada, at=now())
    Activity.objects.bulk_create(
        Activity(actor=ada, kind="practice_completed", skill=algebra, cohort=cohort, source=f"s{n}", at=now())
        for n in range(count)
    )
    client = browser(ada)
    with counting() as captured:
        page = client.get("/feed/")
    assert page.content.count(b'class="activity"') == count
    assert len(statements(captured)) <= 8


def test_the_feed_shows_the_newest_items_and_older_ones_can_be_shared(algebra: Skill, ada: User, at: datetime) -> None:
    cohort_of(ada, at=now())
    result = practice(ada, algebra, right=4, at=now())
    client = browser(ada)
    page = client.get("/feed/").content.decode()
    assert "Share your progress" in page
    answer: Any = client.post("/feed/share/", {"result": str(result.pk)}, follow=True)
    assert b"Shared without your score" in answer.content
    assert b"is proud of practicing Algebra" in answer.content
    assert b"Share your progress" not in answer.content
    assert b"is proud of practicing" in client.get("/feed/latest/").content
    assert client.get("/feed/older/?before=x").status_code == 400
    assert client.get("/feed/older/?before=999999").status_code == 200
    assert client.post("/feed/share/", {"result": "7"}).status_code == 404


def test_the_home_page_recommends_rooms_with_friends_and_classmates(catalogue: None, ada: User, bo: User) -> None:
    cy, stranger, algebra = person("Cy"), person("Dee"), Skill.objects.get(slug="algebra")
    cohort_of(ada, bo, cy, at=now())
    for somebody in (bo, cy, stranger, ada):
        practice(somebody, algebra, at=now())
    practice(cy, Skill.objects.exclude(subject=algebra.subject)[0], at=now())
    viewer = viewer_profile_of(ada)
    with counting() as captured:
        found = recommended_rooms(viewer, at=now())
    assert len(statements(captured)) == 1
    assert [(club.people, club.friends) for club in found] == [(2, 1), (1, 0)]
    page = browser(ada).get("/feed/latest/").content.decode()
    assert "2 people you know, 1 of them friends practiced there in the last hours." in page
    assert recommended_rooms(viewer, at=now() + timedelta(hours=4)) == []
    assert recommended_rooms(viewer_profile_of(stranger), at=now()) == []
