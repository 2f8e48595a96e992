"""Hole 14: a parent's correction gives a child a first name that no verified parent let others read."""

import json
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from feeds.models import ChatCounter, Message
from feeds.services.challenges import challenge_cohort, play_challenge
from feeds.services.co_practice import start_co_practice
from presence.rules import SITE_TOPIC
from tests.factories import answer_all, befriend, browser, child, cohort_of, parent_of, person, practice, verify_parent
from tests.sockets import connected, in_thread, serving_in_process, until
from viral_engine.accounts.models import User, load_disclosures
from viral_engine.accounts.services.consent import give_consent
from viral_engine.accounts.services.friends import request_friend
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
from viral_engine.learning.services.completion import finish_attempt

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "Cometina"


class Class:
    """Comet, of ten years, whose parent answered by mail only; Ada, a classmate and friend; Bo, a classmate."""

    def __init__(self) -> None:
        self.kid = child("comet", email=None)
        self.grace = parent_of(self.kid, at=now())
        give_consent(parent=self.grace, child=self.kid, kind="coppa", method="email_plus", ip_hash="", at=now())
        corrected = browser(self.grace).post(f"/family/{self.kid.pk}/correct/", {"first_name": SECRET, "grade": "5"})
        assert corrected.status_code == 302
        self.kid.refresh_from_db()
        assert self.kid.first_name == SECRET
        self.ada, self.bo = person("Ada"), child("Bo")
        give_consent(
            parent=parent_of(self.bo, "Pat", at=now()), child=self.bo, kind="coppa", method="email_plus", ip_hash="",
            at=now(),
        )  # fmt: skip
        self.cohort = cohort_of(self.kid, self.ada, self.bo, at=now())
        befriend(self.kid, self.ada)
        self.skill = Skill.objects.select_related("subject").get(slug="algebra")

    def leave_traces(self) -> None:
        """Everything of Comet that others see."""
        for _ in range(3):
            practice(self.kid, self.skill, at=now())
        challenge = challenge_cohort(creator=self.kid, cohort_id=self.cohort.pk, skill=self.skill, at=now())
        attempt = play_challenge(challenge=challenge, player=self.kid, at=now())
        answer_all(attempt, right=4, at=now())
        finish_attempt(attempt=attempt, at=now())
        request_friend(asker=self.kid, asked=self.bo, at=now())
        self.together = start_co_practice(host=self.kid, friend=self.ada, skill=self.skill, at=now())
        ChatCounter.objects.create(cohort=self.cohort, last_seq=1)  # written while a signed form was in force
        Message.objects.create(cohort=self.cohort, author=self.kid, seq=1, text="hi all", key=uuid4(), at=now())

    def pages_of(self, viewer: User) -> dict[str, str]:
        paths = [
            "/feed/", "/feed/latest/", f"/cohorts/{self.cohort.pk}/", f"/leaderboards/cohort/{self.cohort.pk}/math/",
            "/leaderboards/?subject=math&period=all", "/leaderboards/league/", "/friends/", "/friends/lists/",
            "/friends/?username=comet", "/subjects/math/", f"/together/{self.together.pk}/", "/",
        ]  # fmt: skip
        client = browser(viewer)
        return {path: client.get(path, follow=True).content.decode() for path in paths}


async def test_h14_no_learner_reads_the_first_name_of_a_child_without_a_verified_parent(catalogue: None) -> None:
    found = await in_thread(Class)
    topic = f"cohort:{found.cohort.pk}"
    rooms = [topic, SITE_TOPIC, "subject:math", f"leaderboard:cohort:{found.cohort.pk}:math"]
    async with serving_in_process() as server, connected(server, found.ada, found.bo, found.kid) as [ada, bo, kid]:
        for client in (ada, bo, kid):
            for room in rooms:
                await client.join(room)
        for client, person_id in ((ada, found.ada.pk), (bo, found.bo.pk)):
            await client.join(f"user:{person_id}")
        await kid.push("subject:math", "practice_started", {"skill": "algebra"})
        await in_thread(found.leave_traces)
        for event in ("new_activity", "cohort_challenge_created", "challenge_standings"):
            await until(partial(ada.events, topic, event))
        await until(lambda: any(frame[3] == "together_asked" for frame in ada.frames))
        await until(lambda: any(frame[3] == "friend_requested" for frame in bo.frames))
        heard = {name: json.dumps(client.frames) for name, client in (("ada", ada), ("bo", bo))}
    pages = {viewer: await in_thread(partial(found.pages_of, viewer)) for viewer in (found.ada, found.bo)}
    assert [name for name, text in heard.items() if SECRET in text] == []
    assert [(one.username, path) for one, seen in pages.items() for path, text in seen.items() if SECRET in text] == []
    cohort_page = pages[found.ada][f"/cohorts/{found.cohort.pk}/"]
    assert cohort_page.count("comet") >= 4  # in the stream, the chat and the standings


def test_h14_a_verified_parent_lets_others_read_the_first_name_alone(catalogue: None) -> None:
    found = Class()
    User.objects.filter(pk=found.kid.pk).update(last_name="Lovelace")
    verify_parent(found.grace, found.kid, at=now())
    found.leave_traces()
    page = found.pages_of(found.ada)[f"/cohorts/{found.cohort.pk}/"]
    assert SECRET in page
    assert f"{SECRET} L" not in page


def names_of(person: User) -> list[Any]:
    return [person.peer_name, person.display_name, person.private_name]


@pytest.mark.parametrize(
    ("who", "fields", "names"),
    [
        (child, {"first_name": "Cy", "last_name": "Twombly"}, ["cy", "cy", "Cy T."]),
        (child, {}, ["cy", "cy", "cy"]),
        (person, {"age": 15}, ["Cy", "Cy L.", "Cy L."]),
        (person, {"birthdate": None}, ["cy", "cy", "Cy L."]),
        (person, {"birthdate": None, "role": "tutor", "last_name": ""}, ["Cy", "Cy", "Cy"]),
    ],
)
def test_h14_names_by_age_and_role(who: Any, fields: dict[str, Any], names: list[str]) -> None:
    someone = who("Cy", **fields)
    load_disclosures([someone])
    assert names_of(someone) == names
