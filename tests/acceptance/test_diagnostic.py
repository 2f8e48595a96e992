"""A diagnostic over HTTP: a guest takes it and signs up with it; a member's tests update their rooms."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from feeds.models import Activity
from leaderboards.models import CountedResult, Standing
from leaderboards.services.audit import count_missed
from tests.factories import befriend, browser, cohort_of, person, take_diagnostic
from tests.ledgers import events
from tests.servers import Server
from tests.sockets import connected, in_thread, post
from tests.steps.assessments import take_assessment
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery
from viral_engine.learning.models import Attempt, Progress, Result, Subject
from viral_engine.learning.services import assessments

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


def test_a_stranger_finds_their_level_and_joins_with_it() -> None:
    client = browser()
    attempt = take_assessment(client, "diagnostics", right="rrw")
    assert (attempt.user, attempt.guest is not None) == (None, True)
    [fvm], [done] = events("fvm_reached"), events("diagnostic_completed")
    assert fvm.guest_id == done.guest_id == str(attempt.guest_id)
    assert (done.actor_id, done.properties["level"], done.properties["score"]) == (None, "advanced", 59)
    assert not Activity.objects.exists()

    bo = sign_up(client, "Bo", year=2011)
    attempt.refresh_from_db()
    assert attempt.user == bo
    assert (Result.objects.get().xp, Progress.objects.get(user=bo).xp) == (45, 45)
    page = client.get(f"/results/{attempt.pk}/").content.decode()
    assert "Your level: advanced" in page
    assert "Practice " in page
    assert not Delivery.objects.filter(processed_at=None).exists()
    # Diagnostics do not count on boards, not even in the audit for missed results.
    assert count_missed(at=now() + timedelta(days=1)) == 0
    assert not CountedResult.objects.exists()
    take_assessment(client, "diagnostics", right="r")
    assert len(events("fvm_reached")) == 1


def test_logging_in_claims_guest_attempts_but_no_second_open_attempt(math: Subject, ada: User) -> None:
    mine = assessments.start_diagnostic(owner=ada, subject=math, link_code="", at=now())
    client = browser()
    client.post("/diagnostics/math/start/")
    open_one = Attempt.objects.exclude(pk=mine.pk).get()
    finished = take_assessment(client, "diagnostics", right="r")  # the same attempt, continued
    assert finished == open_one
    client.post("/diagnostics/math/start/")
    left_open = Attempt.objects.get(user=None, finished_at=None)
    client.post("/accounts/login/", {"login": "ada", "password": "correct-horse-9"})
    finished.refresh_from_db()
    left_open.refresh_from_db()
    assert (finished.user, left_open.user) == (ada, None)
    assert list(Attempt.objects.filter(user=ada).unfinished()) == [mine]
    assert not Delivery.objects.filter(processed_at=None).exists()


def test_a_members_practice_test_reaches_boards_feed_and_orchestrator(math: Subject, ada: User, bo: User) -> None:
    cohort_of(ada, bo, at=now())
    client = browser(ada)
    tested = take_assessment(client, "tests", right="r")
    standing = Standing.objects.get(user=ada, subject=math, period="all")
    assert (standing.results, standing.xp, standing.correct, standing.total) == (1, 65, 20, 20)
    take_assessment(client, "diagnostics", right="wr")
    standing.refresh_from_db()
    assert (standing.results, standing.xp) == (1, 65)
    feed = browser(bo).get("/feed/").content.decode()
    assert "took a practice test in Math" in feed
    assert "took a diagnostic in Math" in feed
    assert "100%" not in feed
    shared = client.post("/feed/share/", {"result": str(tested.pk)})
    assert shared.status_code == 404
    assert not Delivery.objects.filter(processed_at=None).exists()
    decided = Decision.objects.get(agent="orchestrator", type="diagnostic_completed")
    assert (decided.outcome, "under 60" in decided.rationale) == ("none", True)


async def test_others_see_that_a_member_is_taking_a_test(server: Server, ada: User, bo: User) -> None:
    topic = "subject:math"
    await in_thread(lambda: befriend(ada, bo))
    client = await in_thread(lambda: browser(ada))
    async with connected(server, ada, bo) as [a, b]:
        await a.join(topic)
        await b.join(topic)
        await asyncio.to_thread(partial(post, server, client, "/tests/math/start/"))
        await b.sees(topic, {ada.pk: ["practicing_math"], bo.pk: [None]})
        attempt = await in_thread(lambda: Attempt.objects.get(user=ada))
        await asyncio.to_thread(partial(post, server, client, f"/practice/{attempt.pk}/finish/"))
        await b.sees(topic, {ada.pk: [None], bo.pk: [None]})


async def test_a_late_visitor_sees_the_test_in_progress(server: Server, ada: User, bo: User) -> None:
    topic = "subject:math"

    def begin() -> None:
        math = Subject.objects.get(slug="math")
        assessments.start_practice_test(user=ada, subject=math, at=now())

    await in_thread(begin)
    await in_thread(lambda: befriend(ada, bo))
    async with connected(server, ada, bo) as [a, b]:
        await a.join(topic)
        await b.join(topic)
        await b.sees(topic, {ada.pk: ["practicing_math"], bo.pk: [None]})


def test_a_first_value_moment_in_a_diagnostic_belongs_to_the_referring_link(math: Subject) -> None:
    dee = person("Dee")
    take_diagnostic(dee, math, right="r", at=now(), link_code="abcdefgh")
    assert [(event.actor_id, event.link_code) for event in events("fvm_reached")] == [(dee.pk, "abcdefgh")]
