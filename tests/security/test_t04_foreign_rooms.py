"""Threat 4: the name of a topic gives no right. Every room and live page of other people is refused."""

from functools import partial

import pytest
import websockets

from feeds.services import co_practice
from presence.rooms import base
from tests.factories import befriend, browser, cohort_of, person
from tests.presence.clients import live
from tests.sockets import Phoenix, Refusal, connected, cookies_of, in_thread, serving_in_process
from viral_engine.accounts.models import Cohort, User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db(transaction=True)


class Others:
    """Ada and Bo share a cohort and a practice; Cy, a parent, a tutor and staff are outside."""

    def __init__(self) -> None:
        self.ada, self.bo = person("Ada"), person("Bo")
        befriend(self.ada, self.bo)
        self.cohort: Cohort = cohort_of(self.ada, self.bo, at=now())
        skill = Skill.objects.get(slug="algebra")
        self.together = co_practice.start_co_practice(host=self.ada, friend=self.bo, skill=skill, at=now()).pk
        self.outsiders: list[User] = [
            person("Cy"),
            person("Grace", age=40, role="parent"),
            person("Tim", age=30, role="tutor"),
            person("Root", age=40, role="admin", is_staff=True),
        ]

    def topics(self) -> dict[str, str]:
        """A topic of each room that is not for everybody, with the refusal."""
        return {
            f"cohort:{self.cohort.pk}": "not_in_cohort",
            f"leaderboard:cohort:{self.cohort.pk}:math": "not_in_cohort",
            f"user:{self.ada.pk}": "not_your_topic",
            f"activity_feed:{self.ada.pk}": "not_your_topic",
        }


async def reason_of(client: Phoenix, topic: str) -> str:
    with pytest.raises(Refusal) as refusal:
        await client.join(topic)
    return str(refusal.value)


async def test_t04_every_foreign_room_is_refused_to_every_role(catalogue: None) -> None:
    others = await in_thread(Others)
    tried = {base.room_for(topic)[0] for topic in others.topics()}  # type: ignore[index]
    for_all = {"SubjectRoom", "SiteRoom", "SubjectBoardRoom"}
    registered = {route.room for routes in base._routes.values() for route in routes}
    ours = {room for room in registered if not room.__module__.startswith("tests.")}
    assert {room.__name__ for room in ours - tried} == for_all  # a new room is tried here, or is for everybody
    async with serving_in_process() as server, connected(server, *others.outsiders) as clients:
        for client in clients:
            assert {topic: await reason_of(client, topic) for topic in others.topics()} == others.topics()


async def test_t04_every_foreign_live_page_is_refused_to_every_role(catalogue: None) -> None:
    others = await in_thread(Others)
    pages = [f"cohort:{others.cohort.pk}", f"leaderboard:cohort:{others.cohort.pk}:math", f"together:{others.together}"]
    async with serving_in_process() as server:
        for outsider in others.outsiders:
            cookies = cookies_of(await in_thread(partial(browser, outsider)))
            for page in pages:
                with pytest.raises(websockets.InvalidStatus) as refused:
                    await live(server, page, cookies)
                assert refused.value.response.status_code == 403
