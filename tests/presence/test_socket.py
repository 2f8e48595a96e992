"""Sockets of this very process, through the real ASGI application: what they cost, and how much they hold."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from tests.factories import answer_all, cohort_of, person
from tests.presence.clients import MATH, SocketClient, clients
from tests.sockets import in_thread
from viral_engine.accounts.models import User
from viral_engine.kernel import pubsub
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Skill, Subject
from viral_engine.learning.services.attempts import start_practice
from viral_engine.learning.services.completion import finish_attempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement of every thread, as it is sent."""
    sent: list[str] = []

    def note(execute: Callable[..., object], sql: str, parameters: Any, many: bool, context: Any) -> object:
        sent.append(sql)
        return execute(sql, parameters, many, context)

    def begin(connection: BaseDatabaseWrapper, **_: Any) -> None:
        if note not in connection.execute_wrappers:
            connection.execute_wrappers.append(note)

    connection_created.connect(begin)
    connections.close_all()  # threads of sockets open a new connection for every read
    yield sent
    connection_created.disconnect(begin)


async def cost(statements: list[str], act: Awaitable[object]) -> int:
    statements.clear()
    await act
    await asyncio.sleep(0.1)
    return len([sql for sql in statements if not sql.startswith(("PRAGMA", "BEGIN", "COMMIT"))])


async def test_connecting_costs_four_queries_and_a_join_at_most_three(catalogue: None, statements: list[str]) -> None:
    ada, bo = await in_thread(lambda: (person("Ada"), person("Bo")))
    await in_thread(lambda: cohort_of(ada, bo, at=now()))
    async with clients(ada) as [first]:
        await first.join(MATH)
        await first.settle()  # the catalogue of subjects is read, once for everybody
        second = SocketClient(bo)
        assert await cost(statements, second.connect(timeout=5)) == 4
        assert await cost(statements, second.join(MATH)) <= 3
        await second.settle()
        assert await cost(statements, second.join(f"user:{bo.pk}")) == 0
        await second.disconnect()


@pytest.mark.parametrize("members", [3, 30])
async def test_a_broadcast_is_encoded_once_and_asks_the_database_nothing(
    catalogue: None, statements: list[str], members: int
) -> None:
    people = await in_thread(lambda: [person(f"P{n}") for n in range(members)])
    async with clients(*people) as everybody:
        for client in everybody:
            await client.join(MATH)
        await asyncio.gather(*(client.settle() for client in everybody))
        statements.clear()
        pubsub.publish_now(MATH, "new_activity", {"type": "test"})
        for client in everybody:
            await client.frame(lambda frame: frame[3] == "new_activity")
        assert len({id(client.texts[-1]) for client in everybody}) == 1
        assert statements == []


async def test_a_hundred_topics_are_the_most(catalogue: None) -> None:
    def enrol() -> User:
        subjects = Subject.objects.bulk_create([Subject(slug=f"s{n}", name=f"S{n}") for n in range(101)])
        Skill.objects.bulk_create([Skill(subject=one, slug=f"k-{one.slug}", name="K") for one in subjects])
        return person("Ada")

    async with clients(await in_thread(enrol)) as [client]:
        answers = [await client.join(f"subject:s{number}") for number in range(101)]
        assert {answer["status"] for answer in answers[:100]} == {"ok"}
        assert answers[100] == {"status": "error", "response": {"reason": "too_many_topics"}}
        await client.send_to(text_data=json.dumps(["subject:s0", "bye", "subject:s0", "phx_leave", {}]))
        await client.frame(lambda frame: frame[1] == "bye")
        assert (await client.join("subject:s100"))["status"] == "ok"


@pytest.mark.parametrize("members", [3, 30])
async def test_a_finished_attempt_costs_the_same_whatever_the_size_of_the_room(
    catalogue: None, statements: list[str], members: int
) -> None:
    """One insert into the feed, and every socket of the room gets the one text that was encoded."""

    def cast() -> tuple[list[User], int, Attempt]:
        people = [person(f"P{n}") for n in range(members)]
        cohort = cohort_of(*people, at=now())
        attempt = start_practice(user=people[0], skill=Skill.objects.get(slug="algebra"), at=now())
        answer_all(attempt, right=5, at=now())
        return people, cohort.pk, attempt

    people, cohort, attempt = await in_thread(cast)
    async with clients(*people) as everybody:
        for client in everybody:
            await client.join(f"cohort:{cohort}")
            await client.frame(lambda frame: frame[3] == "leaderboards")  # the last part of what a member reads
        await asyncio.gather(*(client.settle() for client in everybody))
        statements.clear()
        await in_thread(lambda: finish_attempt(attempt=attempt, at=now()))
        for client in everybody:
            await client.frame(lambda frame: frame[3] == "new_activity")
        assert len({id(client.texts[-1]) for client in everybody}) == 1
        assert len([sql for sql in statements if 'INSERT INTO "feeds_activity"' in sql]) == 1
        assert len([sql for sql in statements if ' "feeds_activity"' in sql]) == 3  # look up, insert, read to draw
