"""Hole 3: a person who loses a right loses the open channel and page with it, by any writer."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection

from feeds.models import Message
from feeds.services import chat, co_practice
from presence.rooms import base
from tests.factories import browser, child, cohort_of, parent_of, person
from tests.presence.clients import live
from tests.sockets import Phoenix, connected, cookies_of, in_thread, serving_in_process, until
from tests.steps.admin import choose_action, save_form
from viral_engine.accounts.models import Block, Cohort, CohortMembership, Consent, Friendship, User
from viral_engine.accounts.services.cohorts import join_cohort, leave_cohort
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db(transaction=True)
IN_TIME_S = 2.0
Takes = Callable[[User, Cohort], object]


def by_service(ada: User, cohort: Cohort) -> None:
    leave_cohort(cohort=cohort, user=ada, at=now())


def by_orm_delete(ada: User, cohort: Cohort) -> None:
    CohortMembership.objects.get(user=ada, cohort=cohort).delete()


def by_orm_save(ada: User, cohort: Cohort) -> None:
    membership = CohortMembership.objects.get(user=ada, cohort=cohort)
    membership.cohort = Cohort.objects.create(name="Rockets")
    membership.save()


def by_update(ada: User, _: Cohort) -> None:
    CohortMembership.objects.filter(user=ada).update(cohort=Cohort.objects.create(name="Rockets"))


def by_sql(ada: User, _: Cohort) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_cohortmembership WHERE user_id = %s", [ada.pk])


def by_admin_form(ada: User, cohort: Cohort) -> None:
    root = person("Root", age=40, role="admin", is_staff=True, is_superuser=True)
    membership = CohortMembership.objects.get(user=ada, cohort=cohort)
    save_form(browser(root), f"accounts/cohortmembership/{membership.pk}/delete/", post="yes")


def by_admin_action(ada: User, _: Cohort) -> None:
    root = person("Root", age=40, role="admin", is_staff=True, is_superuser=True)
    ids = [one.pk for one in CohortMembership.objects.filter(user=ada)]
    choose_action(browser(root), "/admin/accounts/cohortmembership/", "delete_selected", *ids, post="yes")
    assert not CohortMembership.objects.filter(user=ada).exists()


def by_the_end_of_the_cohort(_: User, cohort: Cohort) -> None:
    Cohort.objects.filter(pk=cohort.pk).update(is_active=False)


def cast() -> tuple[User, User, Cohort, str]:
    ada, bo = person("Ada"), person("Bo")
    return ada, bo, cohort_of(ada, bo, at=now()), cookies_of(browser(ada))


def say(author: User, cohort: Cohort, text: str) -> Message:
    return chat.post_message(author=author, cohort_id=cohort.pk, text=text, key=uuid4(), at=now())


def ends_of(client: Phoenix, topic: str) -> list[object]:
    return client.events(topic, "phx_close")


@pytest.mark.parametrize(
    "takes",
    [
        by_service,
        by_orm_delete,
        by_orm_save,
        by_update,
        by_sql,
        by_admin_form,
        by_admin_action,
    ],
)
async def test_h03_who_leaves_a_cohort_hears_no_message_sent_after_the_commit(catalogue: None, takes: Takes) -> None:
    ada, bo, cohort, cookies = await in_thread(cast)
    topic, board = f"cohort:{cohort.pk}", f"leaderboard:cohort:{cohort.pk}:math"
    async with serving_in_process() as server, connected(server, ada, bo) as [a, b]:
        for room in (topic, board):
            await a.join(room)
        await b.join(topic)
        page = await live(server, topic, cookies)
        await in_thread(lambda: say(bo, cohort, "hello everybody"))
        await a.hears(topic, "new_message")

        def take_and_speak() -> None:
            takes(ada, cohort)
            say(bo, cohort, "ada must not read this")

        await in_thread(take_and_speak)
        async with asyncio.timeout(IN_TIME_S):
            await until(lambda: ends_of(a, topic) and ends_of(a, board))
            await page.wait_closed()
        assert ends_of(a, topic) == [{"reason": "not_in_cohort"}]
        assert page.close_code == 1001
        await b.hears(topic, "new_message", 2)
        assert [message["text"] for message in a.events(topic, "new_message")] == ["hello everybody"]
        assert "ada must not read this" not in str(a.frames)
        with pytest.raises(Exception, match="not_in_cohort"):
            await a.join(topic)


async def test_h03_a_closed_cohort_ends_for_everybody(catalogue: None) -> None:
    ada, bo, cohort, _ = await in_thread(cast)
    topic = f"cohort:{cohort.pk}"
    async with serving_in_process() as server, connected(server, ada, bo) as [a, b]:
        for client in (a, b):
            await client.join(topic)
        await in_thread(lambda: by_the_end_of_the_cohort(ada, cohort))
        await until(lambda: ends_of(a, topic) and ends_of(b, topic), IN_TIME_S)


async def test_h03_a_move_to_another_primary_cohort_keeps_the_first_one_open(catalogue: None) -> None:
    """Only membership opens a cohort's room; the feed page opens again with the topics of now."""
    ada, _, cohort, cookies = await in_thread(cast)
    topic = f"cohort:{cohort.pk}"
    async with serving_in_process() as server, connected(server, ada) as [a]:
        await a.join(topic)
        page = await live(server, "feed", cookies)
        await in_thread(lambda: join_cohort(cohort=Cohort.objects.create(name="Rockets"), user=ada, at=now()))
        async with asyncio.timeout(IN_TIME_S):
            await page.wait_closed()
        assert page.close_code == 1012  # htmx connects again
        assert ends_of(a, topic) == []


def consented_child() -> tuple[User, User]:
    kid = child("Cy", first_name="Cy")
    parent = parent_of(kid, at=now())
    give_consent(parent=parent, child=kid, kind="coppa", method="signed_form", ip_hash="", at=now())
    return kid, parent


LOSSES: dict[str, Callable[[User], object]] = {
    "consent": lambda kid: Consent.objects.filter(child=kid).update(withdrawn_at=now()),
    "is_active": lambda kid: User.objects.filter(pk=kid.pk).update(is_active=False),
    "blocked_at": lambda kid: User.objects.filter(pk=kid.pk).update(blocked_at=now()),
    "erased": lambda kid: User.objects.filter(pk=kid.pk).delete(),
}


@pytest.mark.parametrize("loss", LOSSES)
async def test_h03_who_may_not_enter_any_more_loses_every_socket_and_page(catalogue: None, loss: str) -> None:
    kid, _ = await in_thread(consented_child)
    cookies = await in_thread(lambda: cookies_of(browser(kid)))
    async with serving_in_process() as server, connected(server, kid) as [c]:
        await c.join("subject:math")
        page = await live(server, "feed", cookies)
        await in_thread(lambda: LOSSES[loss](kid))
        assert await c.closed_with(IN_TIME_S) == 1001
        async with asyncio.timeout(IN_TIME_S):
            await page.wait_closed()
        assert page.close_code == 1001


async def test_h03_a_member_of_staff_who_is_none_any_more_loses_the_on_call_page(catalogue: None) -> None:
    root = await in_thread(lambda: person("Root", age=40, role="admin", is_staff=True, is_superuser=True))
    cookies = await in_thread(lambda: cookies_of(browser(root)))
    async with serving_in_process() as server:
        page = await live(server, "monitoring", cookies)
        await in_thread(lambda: User.objects.filter(pk=root.pk).update(is_staff=False, is_superuser=False))
        async with asyncio.timeout(IN_TIME_S):
            await page.wait_closed()


async def test_h03_the_end_of_a_friendship_ends_what_the_two_shared(catalogue: None) -> None:
    def befriended() -> tuple[User, User, int]:
        ada, bo = person("Ada"), person("Bo")
        Friendship.objects.create(low=ada, high=bo, requested_by=ada, status="accepted", changed_at=now())
        skill = Skill.objects.get(slug="algebra")
        return ada, bo, co_practice.start_co_practice(host=ada, friend=bo, skill=skill, at=now()).pk

    ada, bo, together = await in_thread(befriended)
    cookies = await in_thread(lambda: cookies_of(browser(ada)))
    async with serving_in_process() as server, connected(server, ada, bo) as [a, b]:
        for client in (a, b):
            await client.join("subject:math")
        await a.sees("subject:math", {ada.pk: [None], bo.pk: [None]})
        page = await live(server, f"together:{together}", cookies)
        await in_thread(lambda: Friendship.objects.all().delete())
        async with asyncio.timeout(IN_TIME_S):
            await page.wait_closed()
        assert page.close_code == 1001
        await a.sees("subject:math", {ada.pk: [None]}, IN_TIME_S)


async def test_h03_a_block_that_no_service_announced_hides_the_two_from_each_other(catalogue: None) -> None:
    ada, bo, cohort, _ = await in_thread(cast)
    topic = f"cohort:{cohort.pk}"
    async with serving_in_process() as server, connected(server, ada, bo) as [a, b]:
        for client in (a, b):
            await client.join(topic)
        await in_thread(lambda: Block.objects.create(blocker=bo, blocked=ada, created_at=now()))
        await until(lambda: bo.pk not in a.activities(topic) and ada.pk not in b.activities(topic), IN_TIME_S)
        await in_thread(lambda: say(bo, cohort, "not for ada"))
        await b.hears(topic, "new_message")
        assert a.events(topic, "new_message") == []


def test_h03_every_room_says_whom_it_admits() -> None:
    """A new room without a policy fails here, and admits nobody."""
    rooms = {route.room for routes in base._routes.values() for route in routes}
    rooms = {room for room in rooms if not room.__module__.startswith("tests.")}
    assert len(rooms) >= 7
    assert {room.__name__ for room in rooms if room.refusal is base.Room.refusal} == set()
    public = {room.__name__ for room in rooms if not room.is_guarded}
    assert public == {"ActivityFeedRoom", "SiteRoom", "SubjectBoardRoom", "SubjectRoom", "UserRoom"}
