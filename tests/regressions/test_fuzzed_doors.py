"""Any input gets a page, a form error, a 400 or 404, or a typed reply. Never a 500, never a crash.

Generated from the URL conf, the forms, the admin and the room registry: a new door is fuzzed without a line here.
"""

import json
from datetime import timedelta
from functools import partial
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import entry_points
from tests.entry_points import Door
from tests.factories import browser, challenge_of, child, cohort_of, consent_request, parent_of, person, practice
from tests.presence.clients import SocketClient, clients
from tests.sockets import in_thread
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.invites import invite_url
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Skill, Subject, TutoringSession, TutorStudent

MANY = "9" * 5000
HOSTILE = [
    "\x00", "a\x00b", MANY, "9" * 4000, "9" * 19, "-" + "9" * 30, "-1", "0", "99999999999", "1e400", "NaN", "Infinity",
    "9999-12-31", "9999-12-31T23:59", "0001-01-01T00:00", "0001-01-01", "9999", "2026-02-30", "x" * 5000, "ü" * 300,
    "a@" + "ü" * 60 + ".com", "\u3164", "\u202e", "\u0663", "½", "[]", "{}", "null", "true", "' OR 1=1 --", "%s%00",
    "\r\nBcc: x@example.com", "../../etc", "//evil.example", "😀" * 200, " ",
]  # fmt: skip
texts = st.sampled_from(HOSTILE) | st.text(max_size=12).filter(lambda text: text.isprintable())


def quick(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


# Django warns of a date without a zone in an admin filter, and takes it as one of the site's zone.
pytestmark = pytest.mark.filterwarnings("ignore:DateTimeField:RuntimeWarning")


class World:
    """People of every role, and rows that addresses lead to."""

    def __init__(self) -> None:
        at = now() - timedelta(hours=3)
        math, algebra = Subject.objects.get(slug="math"), Skill.objects.get(slug="algebra")
        self.ada, self.toni = person("Ada"), person("Toni", age=40, role="tutor", grade=None)
        self.root = User.objects.create_superuser("root", "root@example.com", "correct-horse-9")
        kid = child("Comet")
        self.grace = parent_of(kid, at=at)
        give_consent(parent=self.grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
        cohort = cohort_of(self.ada, at=at)
        result = practice(self.ada, algebra, at=at)
        link = challenge_of(self.ada, algebra, at + timedelta(minutes=5))
        TutorStudent.objects.create(tutor=self.toni, student=self.ada, created_at=at)
        session = TutoringSession.objects.create(
            tutor=self.toni, student=self.ada, subject=math, started_at=at, duration_min=30,
            completed_at=at + timedelta(minutes=30),
        )  # fmt: skip
        self.arguments: dict[str, list[str]] = {
            "cohort_id": [str(cohort.pk)],
            "child_id": [str(kid.pk)],
            "person_id": [str(kid.pk)],
            "session_id": [str(session.pk)],
            "attempt_id": [str(result.attempt_id), str(Attempt.objects.latest("started_at").pk)],
            "slug": ["algebra", "math"],
            "code": [link.code],
            "key": ["streak_rescue_copy", "1-abc"],
            "token": [link.code, consent_token(consent_request(child("Kit"))), invite_url(self.ada).split("/")[-2]],
            "object_id": [str(self.ada.pk), "1"],
        }
        self.people: list[User | None] = [None, self.ada, self.grace, self.toni, self.root]

    @property
    def plausible(self) -> dict[str, str]:
        """Values that get a form past its first fields."""
        return {
            "month": "5", "day": "4", "year": "2010", "first_name": "Bo", "username": "bo", "email": "bo@example.com",
            "parent_email": "bo@example.com", "grade": "8", "password": "correct-horse-9", "login": "ada",
            "own_password": "correct-horse-9", "student_id": str(self.ada.pk), "subject": "1", "duration_min": "480",
            "started_at": "2026-03-04T10:00", "key": str(uuid4()), "skill": "algebra", "text": "Hi", "position": "0",
            "choice": "1", "rating": "5", "channel": "copy", "note": "Because", "action_add": "1", "kinds": "coppa",
        }  # fmt: skip


@pytest.fixture
def world(catalogue: None) -> World:
    return World()


def sent_values(world: World, names: list[str]) -> st.SearchStrategy[dict[str, str]]:
    """Most fields plausible, a few hostile."""
    hostile = st.dictionaries(st.sampled_from(names), texts, min_size=1, max_size=6)
    return hostile.map(lambda some: world.plausible | some)


def path_of(door: Door, arguments: list[str]) -> str:
    return door.path.format(*(quote(argument, safe="") for argument in arguments))


def ask(client: Client, method: str, path: str, values: dict[str, str]) -> int:
    """One request, undone afterwards; the client raises what a view raises."""
    cache.clear()
    with transaction.atomic():
        response = getattr(client, method)(path, values)
        if response.streaming:
            b"".join(response)
        transaction.set_rollback(True)
    return int(response.status_code)


@pytest.mark.django_db
def test_no_form_query_or_address_fails_the_site(world: World) -> None:
    names, filters = entry_points.parameter_names(), entry_points.admin_parameters()
    assert len(names) > 60
    clients = {person: browser(person) for person in world.people}
    for door in entry_points.addresses():
        is_admin = door.path.startswith(entry_points.ADMIN)
        people = [world.root] if is_admin else world.people
        known = [st.sampled_from(world.arguments.get(name, ["1"])) | texts for name in door.names]

        @quick(1 if is_admin else 2)
        @given(
            who=st.sampled_from(people),
            arguments=st.tuples(*known),
            query=st.dictionaries(st.sampled_from(filters if is_admin else names), texts, max_size=2),
            fields=sent_values(world, names),
        )
        def fuzz(door: Door, who: User | None, arguments: Any, query: dict[str, str], fields: dict[str, str]) -> None:
            client, path = clients[who], path_of(door, arguments)
            cookies = SimpleCookie(client.cookies.output(header="", sep=";"))
            assert ask(client, "get", path, query) < 500
            assert ask(client, "post", path, fields) < 500
            client.cookies = cookies  # a log-out was undone in the database only

        fuzz(door)


@pytest.mark.django_db
def test_no_cookie_fails_a_page() -> None:
    for value in HOSTILE:
        client = browser()
        for name in entry_points.cookie_names():
            client.cookies[name] = value.encode().decode("latin-1")  # as a header carries it
        for path in ("/", "/signup/details/"):
            assert client.get(path).status_code < 500, value[:20]


@pytest.mark.django_db
def test_no_number_and_no_date_fails_a_list_of_the_admin(world: World) -> None:
    root = browser(world.root)
    for path, dates in entry_points.admin_lists().items():
        asked = [("q", "\x00"), ("p", MANY), ("id__exact", MANY), ("id__exact", "9" * 19)]
        for name in dates:
            ends = ("9999", "99999") if name.endswith("year") else ("9999-12-31 23:59:59-11:00", "0001-01-01")
            asked += [(name, end) for end in ends]
        for name, value in asked:
            assert root.get(path, {name: value}).status_code < 500, (path, name, value[:20])


# -- Sockets ---------------------------------------------------------------------------------------------------
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([*HOSTILE, "\ud800", "\udfff\x00", 10**30, -(10**400), float("1e308")])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.django_db(transaction=True)
async def test_no_payload_crashes_a_room(catalogue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every event of every room, with hostile values under every key that a room reads."""
    from presence import rules

    for limit in ("BURST", "PER_MINUTE", "JOINS", "HANDSHAKES"):
        monkeypatch.setattr(rules, limit, 100_000)
    ada, cohort = await in_thread(_member)
    names = {"slug": "math", "id": str(cohort), "cohort": str(cohort)}
    async with clients(ada) as [client]:
        for pattern, events in entry_points.topics_and_events():
            topic = _topic(pattern, names, ada)
            answer = await client.join(topic)
            assert answer["status"] in {"ok", "error"}, topic
            for event in events:
                for payload in _payloads():
                    reply = await _send(client, topic, event, payload)
                    assert reply[3] == "phx_reply", (topic, event, payload, reply)
            for payload in _payloads():
                reply = await _send(client, topic, "phx_join", payload)
                assert reply[3] in {"phx_reply", "phx_close"}, (topic, payload, reply)


def _member() -> tuple[User, int]:
    ada = person("Ada")
    return ada, cohort_of(ada, at=now()).pk


def _topic(pattern: str, names: dict[str, str], user: User) -> str:
    """A topic of this pattern that the user may join: every group by its name."""
    kind = pattern.partition(":")[0]
    known = names | ({"id": str(user.pk)} if kind in {"user", "activity_feed"} else {})
    topic = ""
    while "(?P<" in pattern:
        before, _, rest = pattern.partition("(?P<")
        name, _, rest = rest.partition(">")
        depth, end = 1, 0
        while depth:
            depth += {"(": 1, ")": -1}.get(rest[end], 0)
            end += 1
        topic, pattern = topic + before + known.get(name, "1"), rest[end:]
    return topic + pattern


def _payloads(count: int = 12) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    @quick(count)
    @given(st.dictionaries(st.sampled_from(entry_points.payload_names()), values, min_size=1, max_size=3))
    def draw(payload: dict[str, Any]) -> None:
        found.append(payload)

    draw()
    return [{"skill": "\x00"}, {"skill": "\ud800"}, {"skill": MANY}, {"text": "\x00", "key": "\x00"}, *found]


async def _send(client: SocketClient, topic: str, event: str, payload: dict[str, Any]) -> list[Any]:
    ref = uuid4().hex
    try:
        text = json.dumps([topic, ref, topic, event, payload], allow_nan=False)
    except ValueError:
        text = json.dumps([topic, ref, topic, event, {"number": 10**400}])
    await client.send_to(text_data=text)
    return await client.frame(partial(_answers, ref))


def _answers(ref: str, frame: list[Any]) -> bool:
    return bool(frame[1] == ref or frame[3] == "phx_error" or frame[2] == "phoenix")
