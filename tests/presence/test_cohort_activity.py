"""Activity of members in their cohort: from members who opted in, to members who may see it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.factories import child, cohort_of, parent_of, person, practice
from tests.presence.clients import MATH, SocketClient, clients
from tests.sockets import in_thread
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent, friends
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db(transaction=True)


async def cohort_activity(client: SocketClient) -> list[dict[str, Any]]:
    """Frames a client gets on arrival, or right after numbers that everybody gets."""
    await client.join(MATH)
    arrival = await client.frame(lambda frame: frame[3] == "subject_stats" and "cohort_activity" in frame[4])
    activity: list[dict[str, Any]] = arrival[4]["cohort_activity"]
    return activity


async def test_a_cohort_reads_of_members_who_are_here_show_it_and_are_not_blocked(catalogue: None) -> None:
    algebra = await in_thread(lambda: Skill.objects.select_related("subject").get(slug="algebra"))
    at = now() - timedelta(minutes=5)

    def cast() -> tuple[User, User, User]:
        ada, bo, kid = person("Ada"), person("Bo"), child("Comet")
        consent.give_consent(child=kid, parent=parent_of(kid, at=at), kind="coppa", method="test", ip_hash="", at=at)
        others = [person("Cy"), person("Dee", feed_visible=False), person("Eve"), person("Fay")]
        cohort_of(ada, bo, kid, *others, at=at)
        User.objects.filter(pk=kid.pk).update(feed_visible=True)
        for number, one in enumerate((kid, *others)):
            practice(one, algebra, at=at + timedelta(seconds=number))
        User.objects.filter(pk=others[2].pk).update(is_active=False)
        User.objects.filter(pk=others[3].pk).update(blocked_at=at)
        friends.block_person(blocker=others[0], blocked=bo, at=at)
        return ada, bo, kid

    ada, bo, kid = await in_thread(cast)
    async with clients(ada, bo) as [a, b]:
        assert [one["name"] for one in await cohort_activity(a)] == ["Cy", "comet"]
        [seen] = await cohort_activity(b)  # the cached rows are the same
        ended = (at + timedelta(minutes=1)).isoformat()
        assert seen == {
            "type": "practice_completed",
            "user_id": kid.pk,
            "user_name": "comet",
            "name": "comet",
            "avatar": "violet",
            "subject": "math",
            "skill": "algebra",
            "meta": {},
            "timestamp": ended,
            "at": ended,
        }


async def test_the_switch_that_others_see_what_i_did_is_asked_and_no_other(catalogue: None) -> None:
    def cast() -> tuple[list[User], int]:
        people = [person("Ada"), person("Bo", feed_visible=False), person("Cy", presence_visible=False)]
        return people, cohort_of(*people, at=now()).pk

    people, cohort_id = await in_thread(cast)
    async with clients(*people) as [a, b, c]:
        await a.join(f"cohort:{cohort_id}")
        for client in (b, c):
            await client.join(MATH)
            frame = [MATH, "go", MATH, "practice_started", {"skill": "algebra"}]
            await client.send_to(text_data=json.dumps(frame))
            assert (await client.frame(lambda frame: frame[1] == "go"))[4]["status"] == "ok"
        heard = await a.frame(lambda frame: frame[3] == "new_activity")
        assert heard[4]["user_id"] == people[2].pk
