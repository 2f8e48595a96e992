"""Pages and sockets show the same, under every server."""

import asyncio
import re
from functools import partial

import pytest
import websockets
from django.test import Client

from tests.factories import befriend, browser, child, person
from tests.servers import Server
from tests.sockets import SERVERS, connected, get, in_thread, live, post, until, watching
from viral_engine.accounts.models import User
from viral_engine.learning.models import Attempt

pytestmark = pytest.mark.django_db(transaction=True)
SERVED_BY = SERVERS
MATH = "subject:math"


def head_of(page: str) -> str:
    """Return the live part of a subject's page."""
    found = re.search(r'<p class="live".*?</p>', page, re.DOTALL)
    assert found is not None
    return found.group()


async def test_practice_on_the_site_shows_the_same_on_pages_and_sockets(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    await in_thread(lambda: befriend(ada, bo))
    client = await in_thread(lambda: browser(bo))
    async with connected(server, ada, bo) as [a, b]:
        await a.join(MATH)
        await b.join(MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        await in_thread(partial(post, server, client, "/practice/start/algebra/"))
        await a.sees(MATH, {ada.pk: [None], bo.pk: ["practicing_algebra"]})
        await b.leave(MATH)
        await a.sees(MATH, {ada.pk: [None]})
        await b.join(MATH)  # a tab opened during a practice shows it
        await a.sees(MATH, {ada.pk: [None], bo.pk: ["practicing_algebra"]})
        attempt = await in_thread(lambda: Attempt.objects.get(user=bo))
        for position in range(5):
            answer = partial(
                post, server, client, f"/practice/{attempt.pk}/answer/", position=str(position), choice="0"
            )
            await in_thread(answer)
        await in_thread(partial(post, server, client, f"/practice/{attempt.pk}/finish/"))
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None]})


async def test_a_push_matches_a_reload(server: Server, catalogue: None, ada: User, bo: User) -> None:
    cy = await in_thread(lambda: person("Cy"))
    client = await in_thread(lambda: browser(ada))
    async with watching(server, client, MATH) as got:
        await until(lambda: got and "Nobody else is here yet" in got[-1])
        async with connected(server, ada, bo, cy) as people:
            for one in people:
                await one.join(MATH)
            await until(lambda: "<b>3</b> here now" in got[-1])
            for one in people:
                await one.push(MATH, "practice_started", {"skill": "algebra"})
            await until(lambda: "<b>3</b> peers practicing Math now" in " ".join(got[-1].split()))
            page = await in_thread(partial(get, server, client, "/subjects/math/"))
            assert head_of(page) == got[-1].strip()
            await people[2].leave(MATH)
            await until(lambda: "<b>A few</b>" in got[-1])  # counts below three are not shown
            page = await in_thread(partial(get, server, client, "/subjects/math/"))
            assert head_of(page) == got[-1].strip()


async def test_a_live_page_opens_only_for_its_audience_and_origin(server: Server, catalogue: None, ada: User) -> None:
    member, stranger = await in_thread(lambda: (browser(ada), browser()))
    kid = await in_thread(lambda: browser(child("Comet")))
    wrong: list[tuple[Client, str, str]] = [
        (stranger, MATH, ""),
        (kid, MATH, ""),
        (member, MATH, "http://evil.example"),
        (member, "nowhere:1", ""),
        (member, "subject:../etc", ""),
    ]
    for client, page, origin in wrong:
        with pytest.raises(websockets.InvalidStatus) as refusal:
            await live(server, client, page, origin)
        assert refusal.value.response.status_code == 403
    ten = [await live(server, member, MATH) for _ in range(10)]
    with pytest.raises(websockets.InvalidStatus):
        await live(server, member, MATH)
    for socket in ten:
        await socket.close()


async def test_logging_out_closes_live_pages(server: Server, catalogue: None, ada: User) -> None:
    client = await in_thread(lambda: browser(ada))
    async with await live(server, client, MATH) as socket:
        assert "live-subject-math" in str(await socket.recv())
        await in_thread(partial(post, server, client, "/accounts/logout/"))
        await asyncio.wait_for(socket.wait_closed(), 3)
        assert socket.close_code == 1001
    with pytest.raises(websockets.InvalidStatus):
        await live(server, client, MATH)


async def test_tokens_are_issued_only_to_people_who_may_connect(server: Server, ada: User) -> None:
    client = await in_thread(lambda: browser(ada))
    answer = await in_thread(partial(get, server, client, "/api/socket-token"))
    assert f'"user_id": {ada.pk}' in answer
