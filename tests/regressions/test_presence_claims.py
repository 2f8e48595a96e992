"""Presence: people who left are not shown, and numbers agree with names."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pytest_asyncio import fixture

from presence.rules import SITE_TOPIC
from tests.factories import answer_all, befriend, browser, child, cohort_of, parent_of, person
from tests.sockets import InProcessServer, Phoenix, connected, dial, in_thread, live, serving_in_process, until
from viral_engine.accounts.models import Cohort, User
from viral_engine.accounts.services import consent, friends
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Skill
from viral_engine.learning.services import attempts
from viral_engine.learning.services.completion import finish_attempt

pytestmark = pytest.mark.django_db(transaction=True)
MATH = "subject:math"
ALGEBRA = "practicing_algebra"


@fixture
async def server(catalogue: None) -> AsyncIterator[InProcessServer]:
    async with serving_in_process() as started:
        yield started


@fixture
async def people() -> list[User]:

    def cast() -> list[User]:
        found = [person(name) for name in ("Ada", "Bo", "Cy", "Dee")]
        befriend(*found)
        return found

    return await in_thread(cast)


def start(user: User, *, minutes_ago: float = 0) -> Attempt:
    algebra = Skill.objects.select_related("subject").get(slug="algebra")
    return attempts.start_practice(user=user, skill=algebra, at=now() - timedelta(minutes=minutes_ago))


def shown(text: str) -> str:
    """The text of a fragment, as a reader sees it."""
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


# -- Practicing --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("minutes", "activity"), [(0, ALGEBRA), (1.9, ALGEBRA), (2.1, None), (29, None)])
async def test_an_attempt_without_an_answer_for_two_minutes_is_no_practice(
    server: InProcessServer, people: list[User], minutes: float, activity: str | None
) -> None:
    await in_thread(lambda: start(people[0], minutes_ago=minutes))
    async with connected(server, people[0]) as [a]:
        await a.join(MATH)
        await a.sees(MATH, {people[0].pk: [activity]})


async def test_an_answer_counts_from_its_own_time(server: InProcessServer, people: list[User]) -> None:
    def work() -> None:
        attempt = start(people[0], minutes_ago=40)
        attempts.answer_question(attempt=attempt, position=0, choice=0, at=now() - timedelta(minutes=1))

    await in_thread(work)
    async with connected(server, people[0]) as [a]:
        await a.join(MATH)
        await a.sees(MATH, {people[0].pk: [ALGEBRA]})


async def test_an_open_page_stops_practicing_and_an_answer_resumes(
    server: InProcessServer, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Attempt, "IDLE_AFTER", timedelta(seconds=1))
    ada, bo = people[:2]
    attempt = await in_thread(lambda: start(ada))
    async with connected(server, ada, bo) as [a, b]:
        await a.join(MATH, attempt=str(attempt.pk))
        await b.join(MATH)
        await b.sees(MATH, {ada.pk: [ALGEBRA], bo.pk: [None]})
        await b.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        await in_thread(lambda: attempts.answer_question(attempt=attempt, position=0, choice=0, at=now()))
        await b.sees(MATH, {ada.pk: [ALGEBRA], bo.pk: [None]})
        await b.sees(MATH, {ada.pk: [None], bo.pk: [None]})


async def test_a_program_that_says_it_practices_is_believed_for_two_minutes(
    server: InProcessServer, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Attempt, "IDLE_AFTER", timedelta(seconds=1))
    async with connected(server, people[0]) as [a]:
        await a.join(MATH)
        await a.push(MATH, "practice_started", {"skill": "algebra"})
        await a.sees(MATH, {people[0].pk: [ALGEBRA]})
        await a.sees(MATH, {people[0].pk: [None]})


async def test_practicing_ends_with_its_page(
    server: InProcessServer, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada starts an attempt with the subject's page open in another tab, and goes home."""
    monkeypatch.setattr("presence.tracker.registry.GRACE_S", 0.3)
    ada, bo = people[:2]
    async with connected(server, ada, bo) as [tab, b]:
        await tab.join(MATH, attempt="")
        await b.join(MATH)
        attempt = await in_thread(lambda: start(ada))
        page = await dial(server, ada)
        await page.join(MATH, attempt=str(attempt.pk))
        await until(lambda: sorted(map(str, b.activities(MATH).get(ada.pk, []))) == ["None", ALGEBRA])
        await page.socket.close()
        await b.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        home = await dial(server, ada)
        await home.join(MATH, attempt="")
        await b.sees(MATH, {ada.pk: [None, None], bo.pk: [None]})
        await home.socket.close()


def test_the_page_of_an_attempt_says_so_and_other_pages_do_not(catalogue: None) -> None:
    ada = person("Ada")
    attempt = start(ada)
    client = browser(ada)
    page = client.get(f"/practice/{attempt.pk}/").content.decode()
    assert f'data-attempt="{attempt.pk}"' in page
    assert 'site:learners subject:math"' in page
    for path in ("/", "/subjects/math/", "/feed/"):
        assert 'data-attempt=""' in client.get(path).content.decode()


# -- Numbers -----------------------------------------------------------------------------------------------
async def reads(client: Phoenix, topic: str, event: str, **expected: Any) -> None:
    """The counts that arrive come to these values; they are sent at most once a second."""

    def newest() -> dict[str, Any]:
        found = client.events(topic, event)
        return {name: found[-1][name] for name in expected} if found else {}

    try:
        await until(lambda: newest() == expected)
    finally:
        assert newest() == expected


@pytest.mark.parametrize(
    ("here", "numbers"), [(1, (None, "a few")), (2, (None, "a few")), (3, (3, "3")), (4, (4, "4"))]
)
async def test_payloads_count_nobody_out_below_three(
    server: InProcessServer, people: list[User], here: int, numbers: tuple[int | None, str]
) -> None:
    cohort = await in_thread(lambda: cohort_of(*people, at=now()))
    room = f"cohort:{cohort.pk}"
    async with connected(server, *people[:here]) as clients:
        for client in clients:
            for topic in (MATH, room):
                await client.join(topic)
            await client.push(MATH, "practice_started", {"skill": "algebra"})
        number, label = numbers
        await reads(clients[0], MATH, "subject_stats", peers_online=number, peers_label=label)
        await reads(clients[0], MATH, "subject_stats", active_practicing=number, active_label=label)
        await reads(clients[0], room, "cohort_info", members_online=number, members_label=label)
        again = await clients[0].join(MATH, seq=10**6, epoch="another")
        assert (again["snapshot"]["peers_online"], again["snapshot"]["active_practicing"]) == (numbers[0], numbers[0])
        again = await clients[0].join(room, seq=10**6, epoch="another")
        assert again["snapshot"]["cohort_info"]["members_online"] == numbers[0]
        raw = json.dumps([frame for one in clients for frame in one.frames if not frame[3].startswith("presence_")])
        assert not re.search(r'"(?:peers_online|active_practicing|members_online)": [12]\b', raw)


async def test_a_reader_who_blocked_somebody_reads_the_number_of_names_they_see(
    server: InProcessServer, people: list[User]
) -> None:
    ada, bo, cy, dee = people
    await in_thread(lambda: friends.block_person(blocker=ada, blocked=bo, at=now()))
    page = await live(server, await in_thread(lambda: browser(ada)), MATH)  # type: ignore[arg-type]
    async with connected(server, ada, bo, cy, dee) as clients:
        for client in clients:
            await client.join(MATH)
        await clients[0].sees(MATH, {ada.pk: [None], cy.pk: [None], dee.pk: [None]})
        await reads(clients[2], MATH, "subject_stats", peers_online=4)
        await reads(clients[0], MATH, "subject_stats", peers_online=3)
        texts: list[str] = []
        while not texts or "3 here now" not in texts[-1]:
            texts.append(shown(str(await asyncio.wait_for(page.recv(), 3))))
    assert "4 here now. Be the first to practice" not in texts
    await page.close()


# -- Here means on the site ----------------------------------------------------------------------------------
async def test_members_on_any_page_of_the_site_are_here_in_their_cohort(
    server: InProcessServer, people: list[User]
) -> None:
    """Three members are on other pages than the cohort's; one of them is a child, who is named in no other room."""
    ada, bo, cy, dee = people

    def cast() -> tuple[Cohort, User]:
        kid = child("Comet")
        consent.give_consent(
            child=kid, parent=parent_of(kid, at=now()), kind="coppa", method="test", ip_hash="", at=now()
        )
        return cohort_of(ada, bo, kid, dee, at=now()), kid

    cohort, kid = await in_thread(cast)
    room = f"cohort:{cohort.pk}"
    feed = await live(server, await in_thread(lambda: browser(ada)), "feed")  # type: ignore[arg-type]
    async with connected(server, ada, bo, kid, cy, dee) as clients:
        for client in clients[:4]:
            await client.join(SITE_TOPIC, attempt="")
        await clients[4].join(room)
        await clients[4].sees(room, {user.pk: [None] for user in (ada, bo, kid, dee)})
        await reads(clients[4], room, "cohort_info", members_online=4)
        texts: list[str] = []
        while not any("4 of 4 in Comets are here now" in text for text in texts):
            texts.append(shown(str(await asyncio.wait_for(feed.recv(), 3))))
        assert clients[2].people[SITE_TOPIC] == {}  # the child is not even shown to herself there
        await clients[1].leave(SITE_TOPIC)
        await clients[4].sees(room, {user.pk: [None] for user in (ada, kid, dee)})
    await feed.close()


async def test_an_activity_is_shown_in_the_cohort_from_any_page(server: InProcessServer, people: list[User]) -> None:
    ada, bo = people[:2]
    cohort = await in_thread(lambda: cohort_of(ada, bo, at=now()))
    room = f"cohort:{cohort.pk}"
    attempt = await in_thread(lambda: start(ada))
    async with connected(server, ada, bo) as [a, b]:
        await b.join(room)
        await a.join(SITE_TOPIC, attempt=str(attempt.pk))
        await b.sees(room, {ada.pk: [ALGEBRA], bo.pk: [None]})
        await in_thread(partial(answer_all, attempt, right=5, at=now()))
        await b.sees(room, {ada.pk: [ALGEBRA], bo.pk: [None]})
        await in_thread(partial(finish_attempt, attempt=attempt, at=now()))
        await b.sees(room, {ada.pk: [None], bo.pk: [None]})
        await a.leave(SITE_TOPIC)
        await b.sees(room, {bo.pk: [None]})


async def test_one_member_alone_reads_no_number_of_members(server: InProcessServer, people: list[User]) -> None:
    cohort = await in_thread(lambda: cohort_of(*people, at=now()))
    page = await live(server, await in_thread(lambda: browser(people[0])), f"cohort:{cohort.pk}")  # type: ignore[arg-type]
    async with connected(server, people[0]) as [a]:
        await a.join(f"cohort:{cohort.pk}")
        await until(lambda: a.events(f"cohort:{cohort.pk}", "cohort_info"))
        texts = [shown(str(await asyncio.wait_for(page.recv(), 3))) for _ in range(2)]
        assert all("4 members in Comets" in text for text in texts)
        assert not any("few of" in text for text in texts)
    await page.close()
