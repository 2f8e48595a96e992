"""Concurrent friend requests, and updates of open pages: HTTP and sockets of a real process, on both databases."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime
from functools import partial

import pytest
import websockets

from tests.concurrency import at_once
from tests.factories import browser, child, path_of, person
from tests.servers import Server, redis_server
from tests.sockets import connected, dial, get, in_thread, post, serving, until, watching
from viral_engine.accounts.invites import invite_url
from viral_engine.accounts.models import Block, Friendship, User
from viral_engine.accounts.services import friends
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db(transaction=True)
SITE = "site:learners"
SOON_S = 1.0


# -- Concurrency ------------------------------------------------------------------------------------------------
def test_two_concurrent_requests_to_each_other_make_friends(transactional_db: None, at: datetime) -> None:
    pair = person("Ada"), person("Bo")

    def ask(number: int) -> object:
        me, other = pair if number % 2 else pair[::-1]
        return friends.request_friend(asker=me, asked=other, at=at).pk

    found = at_once(10, ask)
    assert found == Counter({Friendship.objects.get().pk: 10})
    assert Friendship.objects.get().status == "accepted"
    assert LoggedEvent.objects.filter(type="friendship_changed").count() == 1


def test_concurrent_answers_and_withdrawals_end_in_one_state(transactional_db: None, at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    friendship = friends.request_friend(asker=ada, asked=bo, at=at)
    acts: list[Callable[[], object]] = [
        partial(friends.accept_friend, friendship=friendship, by=bo, at=at),
        partial(friends.decline_friend, friendship=friendship, by=bo, at=at),
        partial(friends.withdraw_request, friendship=friendship, by=ada, at=at),
    ]

    def act(number: int) -> str:
        acts[number % 3]()
        return "done"

    assert set(at_once(9, act)) <= {"done", "FriendshipRefused"}
    accepted = LoggedEvent.objects.filter(type="friendship_changed").count()
    closed = LoggedEvent.objects.filter(type="friend_request_closed").count()
    assert (accepted, closed) in {(1, 0), (0, 1)}
    assert Friendship.objects.accepted().count() == accepted


def test_a_block_wins_over_concurrent_requests(transactional_db: None, at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")

    def act(number: int) -> object:
        if number == 0:
            friends.block_person(blocker=bo, blocked=ada, at=at)
        elif number % 2:
            friends.request_friend(asker=ada, asked=bo, at=at)
        else:
            friends.accept_invite(sender=ada, by=bo, at=at)
        return "done"

    assert set(at_once(11, act)) <= {"done", "FriendshipRefused"}
    assert (Friendship.objects.count(), Block.objects.count()) == (0, 1)


# -- Open pages -------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module", params=["memory", pytest.param("redis", marks=pytest.mark.services)])
def server(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Server]:
    """A server with its own Redis if Redis is available, because every test flushes the cache's Redis."""
    own_redis = redis_server() if request.param == "redis" else nullcontext(("", None))
    with own_redis as (url, _), serving(redis_url=url) as running:
        yield running


async def test_a_request_and_its_answer_arrive_within_a_second(server: Server, ada: User, bo: User) -> None:
    a_page, b_page = await in_thread(lambda: (browser(ada), browser(bo)))
    async with connected(server, ada, bo) as [a, b]:
        await a.join(f"user:{ada.pk}")
        await b.join(f"user:{bo.pk}")
        begun_s = time.monotonic()
        await in_thread(partial(post, server, a_page, "/friends/ask/", username="bo"))
        [asked] = await b.hears(f"user:{bo.pk}", "friend_requested")
        assert time.monotonic() - begun_s < SOON_S
        assert (asked["text"], asked["url"]) == ("Ada wants to be friends with you.", "/friends/")
        assert "Ada L." in await in_thread(partial(get, server, b_page, "/friends/lists/"))
        friendship = await in_thread(Friendship.objects.get)
        begun_s = time.monotonic()
        await in_thread(partial(post, server, b_page, f"/friends/requests/{friendship.pk}/accept/"))
        [accepted] = await a.hears(f"user:{ada.pk}", "friend_accepted")
        assert time.monotonic() - begun_s < SOON_S
        assert accepted["text"] == "Bo is now your friend."
        await b.hears(f"user:{bo.pk}", "friends_changed")  # other tabs redraw without a notice
        assert b.events(f"user:{bo.pk}", "friend_accepted") == []


async def test_declining_ending_and_blocking_notify_no_one(server: Server, ada: User, bo: User) -> None:
    a_page, b_page = await in_thread(lambda: (browser(ada), browser(bo)))
    async with connected(server, ada) as [a]:
        await a.join(f"user:{ada.pk}")
        await in_thread(partial(post, server, a_page, "/friends/ask/", username="bo"))
        friendship = await in_thread(Friendship.objects.get)
        await in_thread(partial(post, server, b_page, f"/friends/requests/{friendship.pk}/decline/"))
        await in_thread(partial(post, server, b_page, f"/friends/{ada.pk}/block/"))
        await a.hears(f"user:{ada.pk}", "friends_changed", 3)
        frames = [frame for frame in a.frames if frame[3] != "phx_reply"]
        assert {frame[3] for frame in frames} == {"friends_changed"}
        assert all(frame[4] == {} for frame in frames)


async def test_an_invite_opened_over_http_makes_friends_who_see_each_other(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    cy, b_page = await in_thread(lambda: (person("Cy"), browser(bo)))
    url = await in_thread(lambda: path_of(invite_url(ada)))
    async with connected(server, ada, bo, cy) as [a, b, c]:
        for one in (a, b, c):
            await one.join(SITE)
        await a.sees(SITE, {ada.pk: [None]})
        await in_thread(partial(post, server, b_page, url))
        await a.sees(SITE, {ada.pk: [None], bo.pk: [None]}, SOON_S)
        await b.sees(SITE, {ada.pk: [None], bo.pk: [None]}, SOON_S)
        await in_thread(partial(post, server, b_page, "/practice/start/algebra/"))
        await a.sees(SITE, {ada.pk: [None], bo.pk: ["practicing_algebra"]}, SOON_S)
        await c.sees(SITE, {cy.pk: [None]})  # only friends are visible in a room of three
        await in_thread(partial(post, server, b_page, f"/friends/{ada.pk}/end/"))
        await a.sees(SITE, {ada.pk: [None]}, SOON_S)
        await b.sees(SITE, {bo.pk: ["practicing_algebra"]}, SOON_S)


async def test_friends_online_leaves_out_people_who_opted_out(server: Server, ada: User, bo: User) -> None:
    def shy() -> None:
        friends.accept_invite(sender=ada, by=bo, at=now())
        User.objects.filter(pk=bo.pk).update(presence_visible=False)

    await in_thread(shy)
    async with connected(server, ada, bo) as [a, b]:
        await a.join(SITE)
        await b.join(SITE)
        await b.sees(SITE, {ada.pk: [None]})  # and sees the friend all the same
        await asyncio.sleep(0.2)
        await a.sees(SITE, {ada.pk: [None]})


async def test_the_sites_online_count_updates_live(server: Server, ada: User, bo: User) -> None:
    cy, a_page = await in_thread(lambda: (person("Cy"), browser(ada)))
    async with watching(server, a_page, SITE) as got:
        await until(lambda: got and "Nobody else is here yet" in got[-1])
        async with connected(server, ada, bo, cy) as people:
            for one in people:
                await one.join(SITE)
            await until(lambda: "<b>3</b> learners here now" in got[-1])


async def test_a_child_without_consent_may_join_no_room(server: Server) -> None:
    kid = await in_thread(lambda: child("Comet"))
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await dial(server, kid)
