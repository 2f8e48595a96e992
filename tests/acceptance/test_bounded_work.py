"""A request does its own work only; what it causes is done in batches, and drawn where a screen shows it."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from feeds.models import Activity
from leaderboards.models import CountedResult
from loops.models import Prompt, RewardEntry
from tests.concurrency import within
from tests.factories import answer_all, browser, cohort_of, counting, person, practice, statements
from tests.watching import watching
from viral_engine.accounts.models import User
from viral_engine.kernel import outbox, relay
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery
from viral_engine.learning.models import Attempt, Skill
from viral_engine.learning.services import attempts

MAX_FINISH = 15


@pytest.fixture(autouse=True)
def without_a_relay(settings: Settings) -> None:
    settings.OUTBOX_EAGER = False


@pytest.fixture
def ada(transactional_db: None, algebra: Skill) -> User:
    """A learner of a cohort who has practiced this week, so that her rows exist."""
    ada = person("Ada", at=now() - timedelta(days=30))
    cohort_of(ada, at=now())
    practice(ada, algebra, right=0, at=now() - timedelta(minutes=20))  # too low for an offer, so none cools down
    outbox.drain(at=now())
    return ada


def answered(user: User, skill: Skill, *, right: int = 4) -> Attempt:
    at = now() - timedelta(minutes=2)
    attempt = attempts.start_practice(user=user, skill=skill, at=at)
    answer_all(attempt, right=right, at=at)
    return attempt


def finish(client: Client, attempt: Attempt) -> None:
    assert client.post(f"/practice/{attempt.pk}/finish/").status_code == 302


def statements_of_drain() -> int:
    with counting() as captured:
        outbox.drain(at=now())
    return len(statements(captured))


def test_the_request_that_finishes_an_attempt_stores_it_and_nothing_else(ada: User, algebra: Skill) -> None:
    client, attempt = browser(ada), answered(ada, algebra)
    client.get("/")  # the session is in the cache now
    with counting() as captured:
        finish(client, attempt)
    assert len(statements(captured)) == 9
    assert not Activity.objects.filter(source=f"attempt:{attempt.pk}").exists()
    assert Delivery.objects.unfinished().count() == 6
    outbox.drain(at=now())
    assert Activity.objects.filter(source=f"attempt:{attempt.pk}").exists()
    assert CountedResult.objects.filter(pk=attempt.pk).exists()
    assert RewardEntry.objects.filter(key=f"practice:{attempt.pk}").exists()


def test_an_answer_costs_four_statements(ada: User, algebra: Skill) -> None:
    client = browser(ada)
    where = client.post("/practice/start/algebra/").url  # type: ignore[attr-defined]
    with counting() as captured:
        client.post(f"{where}answer/", {"position": 0, "choice": 0}, headers={"hx-request": "true"})
    assert len(statements(captured)) == 4


def test_the_more_attempts_wait_the_less_each_costs(ada: User, algebra: Skill) -> None:
    """One decision is made for each attempt; the rest is done for all of them together."""
    people = [person(f"P{number}", at=now() - timedelta(days=30)) for number in range(110)]
    for one in people:
        cohort_of(one, at=now())
        practice(one, algebra, right=0, at=now() - timedelta(minutes=30))
    while outbox.drain(at=now()):
        pass
    spent = {}
    for count in (1, 10, 100):
        some, people = people[:count], people[count:]
        for one in some or [ada]:
            practice(one, algebra, right=0, at=now() - timedelta(minutes=1))
        spent[count] = statements_of_drain() / count
    print(f"statements of the relay for each of 1, 10 and 100 attempts: {spent}")
    assert spent[1] <= 45
    assert spent[10] <= 12
    assert spent[100] <= 9


def test_boards_and_feeds_are_drawn_where_somebody_looks(ada: User, algebra: Skill) -> None:
    finish(browser(ada), answered(ada, algebra, right=0))
    unwatched = statements_of_drain()
    finish(browser(ada), answered(ada, algebra, right=0))
    with watching("leaderboard:math"):
        assert statements_of_drain() == unwatched + 7


@pytest.fixture
def running(ada: User) -> Iterator[None]:
    stopped = threading.Event()

    def run() -> None:
        relay.run(stopped)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stopped.set()
    thread.join(15)


def test_the_result_page_waits_for_the_offer(ada: User, algebra: Skill, request: pytest.FixtureRequest) -> None:
    client, attempt = browser(ada), answered(ada, algebra, right=5)
    finish(client, attempt)
    page = client.post(f"/loops/after/{attempt.pk}/").content.decode()
    assert "Looking for what comes next" in page
    assert "load delay:300ms" in page
    request.getfixturevalue("running")
    assert within(10, lambda: not Delivery.objects.unfinished().exists())
    page = client.post(f"/loops/after/{attempt.pk}/").content.decode()
    assert "Looking for what comes next" not in page
    assert Prompt.objects.get(attempt_id=attempt.pk).shown_at is not None
    finished_at = Attempt.objects.get(pk=attempt.pk).finished_at
    made_for = Decision.objects.filter(agent="orchestrator", actor_id=ada.pk).values_list("decided_at", flat=True)
    assert [at == finished_at for at in made_for].count(True) == 1


def test_without_a_relay_the_page_stops_asking_after_ten_seconds(ada: User, algebra: Skill) -> None:
    attempt = answered(ada, algebra)
    finish(browser(ada), attempt)
    Attempt.objects.filter(pk=attempt.pk).update(finished_at=now() - timedelta(seconds=11))
    page = browser(ada).post(f"/loops/after/{attempt.pk}/").content.decode()
    assert "Looking for what comes next" not in page
