"""Hole 12: who may see whom, for every role of the viewer, every age of the learner and every surface."""

import asyncio
import json
import re
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from uuid import uuid4

import pytest

from feeds.services import activities, chat
from feeds.services.challenges import challenge_cohort
from presence.rules import SITE_TOPIC
from tests.factories import befriend, browser, child, cohort_of, parent_of, person, practice
from tests.sockets import Phoenix, Refusal, connected, dial, in_thread, serving_in_process, until
from viral_engine.accounts.models import Cohort, User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill, TutorStudent

pytestmark = pytest.mark.django_db(transaction=True)

# The places that name the learner to the viewer; what is not listed shows counts, or nothing.
# A classmate reads of them in the subject room, too: finished practices of their own cohort.
EVERYWHERE_OF_A_CLASSMATE = {"cohort room", "cohort board", "cohort page", "subject room", "feed", "home"}
EVERYWHERE_OF_A_FRIEND = {"subject room", "site room", "feed", "home", "friends page"}
NAMED = {
    "child": {"classmate": EVERYWHERE_OF_A_CLASSMATE, "friend": {"friends page"}},
    "child without consent": {},
    "teen": {"classmate": EVERYWHERE_OF_A_CLASSMATE, "friend": EVERYWHERE_OF_A_FRIEND},
    "adult": {
        "friend": {"board room", "board page"},
        "adult classmate": {*EVERYWHERE_OF_A_CLASSMATE, "board room", "board page"},
        "adult friend": {*EVERYWHERE_OF_A_FRIEND, "board room", "board page"},
        **{
            name: {"board room", "board page"}
            for name in ("stranger", "own parent", "other parent", "own tutor", "other tutor", "staff")
        },
    },
}
SEARCHED_BY = {  # who finds the learner by their exact username
    "child": {"classmate", "friend", "stranger"},
    "child without consent": set[str](),
    "teen": {"classmate", "friend", "stranger"},
    "adult": {"adult classmate", "adult friend"},
}


def learner(kind: str) -> User:
    if kind.startswith("child"):
        return child("Dee", first_name="Dee", last_name="Lovelace")
    return person("Dee", age=15 if kind == "teen" else 20)


class School:
    """One learner, Dee, and everybody who may look."""

    def __init__(self, kind: str) -> None:
        at = now()
        self.dee = learner(kind)
        self.viewers = {
            "classmate": person("Ada"),
            "friend": person("Bo"),
            "stranger": person("Cy"),
            "adult classmate": person("Adam", age=19),
            "adult friend": person("Bob", age=19),
            "own parent": parent_of(self.dee, at=at),
            "other parent": person("Pat", age=40, role="parent"),
            "own tutor": person("Tom", age=30, role="tutor"),
            "other tutor": person("Tim", age=30, role="tutor"),
            "staff": person("Root", age=40, role="admin", is_staff=True),
        }
        TutorStudent.objects.create(tutor=self.viewers["own tutor"], student=self.dee, created_at=at)
        if kind == "child":
            self.consent()
        members = [self.dee, self.viewers["classmate"], self.viewers["adult classmate"]]
        self.cohort: Cohort = cohort_of(*members, at=at)
        for name in ("friend", "adult friend"):  # of whatever age: a birthday may divide two friends
            befriend(self.dee, self.viewers[name])
        self.dee.refresh_from_db()
        self.leave_traces(kind)

    def consent(self) -> None:
        for kind in ("coppa", "disclosure", "ferpa"):
            parent = self.viewers["own parent"]
            give_consent(parent=parent, child=self.dee, kind=kind, method="signed_form", ip_hash="", at=now())

    def leave_traces(self, kind: str) -> None:
        """Results on every board, an activity, and a message where Dee may write."""
        skill = Skill.objects.select_related("subject").get(slug="algebra")
        results = [practice(self.dee, skill, at=now()) for _ in range(3)]
        if kind != "child without consent":
            activities.share_progress(user=self.dee, result=results[-1], at=now())
            chat.post_message(author=self.dee, cohort_id=self.cohort.pk, text="hello", key=uuid4(), at=now())


def pages(school: School) -> dict[str, str]:
    return {
        "feed": "/feed/",
        "home": "/feed/latest/",
        "board page": "/leaderboards/?subject=math&period=all",
        "cohort page": f"/cohorts/{school.cohort.pk}/",
        "cohort board": f"/leaderboards/cohort/{school.cohort.pk}/math/",
        "friends page": "/friends/lists/",
        "subject page": "/subjects/math/",
        "league": "/leaderboards/league/",
    }


def rooms(school: School) -> dict[str, str]:
    return {
        "subject room": "subject:math",
        "site room": SITE_TOPIC,
        "cohort room": f"cohort:{school.cohort.pk}",
        "board room": "leaderboard:math",
        "cohort board": f"leaderboard:cohort:{school.cohort.pk}:math",
    }


def names_dee(text: str, dee: User) -> bool:
    ids = rf'"user_id": ?{dee.pk}\b|"{dee.pk}": ?\{{"metas"|\bu{dee.pk}\b'
    return bool(re.search(rf"\bDee\b|\bdee\b|{ids}", text))


def seen_on_pages(school: School, viewer: User | None) -> set[str]:
    client = browser(viewer)
    found = {place: client.get(path, follow=True).content.decode() for place, path in pages(school).items()}
    return {place for place, text in found.items() if names_dee(text, school.dee)}


async def seen_in_rooms(school: School, client: Phoenix) -> set[str]:
    seen = set()
    for place, topic in rooms(school).items():
        heard = [frame for frame in client.frames if frame[2] == topic]
        if names_dee(json.dumps(heard), school.dee):
            seen.add(place)
    return seen


async def settle(sockets: Collection[Phoenix]) -> None:
    """Wait until nobody heard anything for a second, which is longer than a tick of a small room and of its counts."""
    quiet, before = 0, -1
    while quiet < 6:
        heard = sum(len(client.frames) for client in sockets)
        quiet, before = (quiet + 1 if heard == before else 0), heard
        await asyncio.sleep(0.2)


async def join_all(school: School, client: Phoenix) -> None:
    for topic in rooms(school).values():
        with suppress(Refusal):  # other people's cohorts
            await client.join(topic)


def is_found(school: School, viewer: User) -> bool:
    page = browser(viewer).get("/friends/", {"username": "dee"}).content.decode()
    found = re.search(r'<section[^>]*id="found".*?</section>|<div[^>]*class="[^"]*found.*?</div>', page, re.DOTALL)
    return names_dee(found.group() if found else "", school.dee)


@pytest.mark.parametrize("kind", NAMED)
async def test_h12_a_learner_is_named_to_classmates_and_friends_only(catalogue: None, kind: str) -> None:
    school = await in_thread(lambda: School(kind))
    seen: dict[str, set[str]] = {}
    async with serving_in_process() as server, connected(server, *school.viewers.values()) as sockets:
        if kind != "child without consent":
            dee = await dial(server, school.dee)
            await join_all(school, dee)
            await dee.push("subject:math", "practice_started", {"skill": "algebra"})
        for client in sockets:
            await join_all(school, client)
        await settle(sockets)
        if kind != "child without consent":
            await in_thread(lambda: practice(school.dee, Skill.objects.get(slug="fractions"), at=now()))
            await dee.push("subject:math", "practice_started", {"skill": "fractions"})
            await settle(sockets)
            await dee.socket.close()
        for (name, viewer), client in zip(school.viewers.items(), sockets, strict=True):
            on_pages = await in_thread(partial(seen_on_pages, school, viewer))
            seen[name] = await seen_in_rooms(school, client) | on_pages
    anonymous = await in_thread(lambda: seen_on_pages(school, None))
    assert anonymous == set()
    assert {name: places for name, places in seen.items() if places} == NAMED[kind]


@pytest.mark.parametrize("kind", NAMED)
def test_h12_only_learners_of_the_same_age_find_each_other(catalogue: None, kind: str) -> None:
    from viral_engine.accounts.services.friends import find_learner

    school = School(kind)
    found = {
        name
        for name, viewer in school.viewers.items()
        if viewer.role == "student" and find_learner(asker=viewer, username="dee", at=now()) is not None
    }
    assert found == SEARCHED_BY[kind]
    others = [viewer for viewer in school.viewers.values() if viewer.role != "student"]
    assert [viewer.username for viewer in others if is_found(school, viewer)] == []


async def test_h12_a_minute_old_parent_reads_counts_and_nobodys_name(catalogue: None) -> None:
    """The attack: sign up as a parent, join the subject room, read who of 13 to 17 years practices what."""
    teens = await in_thread(lambda: [person(name, age=13 + n) for n, name in enumerate(("Ada", "Bo", "Cy", "Dee"))])
    parent = await in_thread(lambda: person("Grace", age=40, role="parent"))
    async with serving_in_process() as server, connected(server, parent, *teens) as [attacker, *others]:
        for client in others:
            await client.join("subject:math")
            await client.push("subject:math", "practice_started", {"skill": "algebra"})
        await attacker.join("subject:math")
        await attacker.join(SITE_TOPIC)
        await until(lambda: attacker.events("subject:math", "subject_stats")[-1]["active_practicing"] == 4)
        await settle([attacker])
        assert attacker.events("subject:math", "presence_state") == [{}]
        assert attacker.events("subject:math", "presence_diff") == []
        stats = attacker.events("subject:math", "subject_stats")[-1]
        assert (stats["peers_online"], stats["active_practicing"]) == (4, 4)
        text = json.dumps(attacker.frames)
        assert not any(re.search(rf'"{teen.pk}"|"user_id": {teen.pk}\b', text) for teen in teens)
        assert not any(teen.first_name in text for teen in teens)


async def test_h12_an_adult_loses_sight_of_a_minor_who_joins_the_cohort(catalogue: None) -> None:
    adult, adult_too = await in_thread(lambda: (person("Ada", age=19), person("Bo", age=19)))
    cohort: Cohort = await in_thread(lambda: cohort_of(adult, adult_too, at=now()))
    topic = f"cohort:{cohort.pk}"

    def teen_joins_and_speaks() -> None:
        teen = person("Cy", age=15)
        cohort_of(teen, at=now())
        chat.post_message(author=teen, cohort_id=cohort.pk, text="hello from a minor", key=uuid4(), at=now())

    async with serving_in_process() as server, connected(server, adult, adult_too) as [a, b]:
        for client in (a, b):
            await client.join(topic)
        await in_thread(teen_joins_and_speaks)
        await in_thread(
            lambda: chat.post_message(author=adult_too, cohort_id=cohort.pk, text="hi all", key=uuid4(), at=now())
        )
        heard = await a.hears(topic, "new_message")
        assert [message["text"] for message in heard] == ["hi all"]


async def test_h12_no_adult_speaks_to_the_minors_of_a_cohort(catalogue: None) -> None:
    """The attack: a grown-up learner in a class writes to all, challenges all, and is present in the room."""
    teen, stranger, staff = await in_thread(
        lambda: (person("Ada"), person("Bo", age=40), person("Cy", age=40, role="admin", is_staff=True))
    )
    cohort: Cohort = await in_thread(lambda: cohort_of(teen, at=now()))
    topic = f"cohort:{cohort.pk}"

    def adults_join_and_speak() -> None:
        cohort_of(stranger, staff, at=now())
        for author, text in ((stranger, "who wants to meet me"), (staff, "welcome")):
            chat.post_message(author=author, cohort_id=cohort.pk, text=text, key=uuid4(), at=now())
        challenge_cohort(creator=stranger, cohort_id=cohort.pk, skill=Skill.objects.get(slug="algebra"), at=now())

    async with serving_in_process() as server, connected(server, teen) as [client]:
        await client.join(topic)
        await client.hears(topic, "messages")  # what it reads on joining was read
        await in_thread(adults_join_and_speak)
        async with connected(server, stranger) as [other]:
            await other.join(topic)
            await other.push(topic, "send_message", {"text": "hello there"})
            await settle([client, other])
        assert [message["text"] for message in client.events(topic, "new_message")] == ["welcome"]
        missed = await client.push(topic, "messages_since", {"number": 0})
        assert [message["text"] for message in missed["messages"]] == ["welcome"]
        named = [one for one in client.frames if re.search(rf'\bBo\b|"user_id": {stranger.pk}\b', json.dumps(one))]
        assert named == []
    page = (await in_thread(lambda: browser(teen).get(f"/cohorts/{cohort.pk}/"))).content.decode()
    assert "welcome" in page
    assert not re.search(r"\bBo\b|meet me|hello there", page)
