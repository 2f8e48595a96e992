"""Other programs of the company feed the site and read it over `/api/v1`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client

from feeds.models import Activity
from leaderboards.models import Standing
from loops.models import Link
from tests.api.programs import EVENTS, Program, in_threads, practiced, problem_of
from tests.factories import browser, child, link_of, parent_of, person
from tests.steps.staff import staff, superuser
from viral_engine.accounts.services.consent import give_consent
from viral_engine.accounts.services.sessions import block_account
from viral_engine.api.models import ApiKey, ApiProgram, IdempotentRequest
from viral_engine.api.problems import TITLES
from viral_engine.api.rules import MAX_BODY
from viral_engine.api.schemas.inbound import SCHEMAS
from viral_engine.api.services import keys
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Progress, Result, Skill

pytestmark = pytest.mark.django_db


def statuses(response: Any) -> list[str]:
    return [one["status"] for one in response.json()["results"]]


# -- Keys ------------------------------------------------------------------------------------------------------
def test_without_a_key_nothing_opens() -> None:
    ada = person("Ada")
    for client in (Client(), browser(ada), Client(headers={"authorization": "Bearer vge_000000000000_" + "x" * 43})):
        answer = client.post(EVENTS, {"events": []}, content_type="application/json")
        assert problem_of(answer) == (401, "key_missing_or_invalid")
        assert answer["WWW-Authenticate"] == "Bearer"


def test_a_key_is_stored_as_a_hash_and_notes_its_use() -> None:
    program = Program()
    stored = ApiKey.objects.values().get(pk=program.key.pk)
    assert program.token not in str(stored)
    assert program.token.split("_", 2)[2] not in str(stored)
    assert stored["last_used_at"] is None
    assert program.post(EVENTS, {"events": []}).status_code == 422
    assert ApiKey.objects.get(pk=program.key.pk).last_used_at is not None


def test_a_scope_a_switch_an_end_and_a_revocation_are_kept() -> None:
    reader = Program("Reader", scopes=["results:read"])
    assert problem_of(reader.send(practiced())) == (403, "scope_missing")
    for change in ({"expires_at": now()}, {"revoked_at": now()}):
        program = Program()
        ApiKey.objects.filter(pk=program.key.pk).update(**change, created_at=now() - timedelta(days=1))
        assert problem_of(program.send(practiced())) == (401, "key_missing_or_invalid")
    program = Program()
    ApiProgram.objects.filter(pk=program.row.pk).update(is_active=False)
    assert problem_of(program.send(practiced())) == (401, "key_missing_or_invalid")


def test_staff_make_rotate_and_revoke_a_key_and_see_it_once() -> None:
    boss = superuser()
    client = browser(boss)
    program = ApiProgram.objects.create(name="School system", created_at=now())
    form = {"program": program.pk, "scopes": ["events:write"], "requests_per_minute": 60}
    shown = client.post("/admin/api/apikey/add/", form)
    made = ApiKey.objects.get()
    token = shown.content.decode().partition('id="new-key">')[2].partition("<")[0]
    assert keys.find_key(token, now()) == made
    assert made.created_by == boss
    assert token not in client.get("/admin/api/apikey/").content.decode()
    assert token not in client.get(f"/admin/api/apikey/{made.pk}/change/").content.decode()

    rotation = {"action": "rotate", "_selected_action": [made.pk]}
    newer = client.post("/admin/api/apikey/", rotation).content.decode().partition('id="new-key">')[2].partition("<")[0]
    assert keys.find_key(newer, now()) is not None
    assert keys.find_key(token, now()) == made  # for a day, so that the program can change over
    assert keys.find_key(token, now() + timedelta(hours=25)) is None
    assert "replaced or revoked before" in client.post("/admin/api/apikey/", rotation, follow=True).content.decode()
    assert ApiKey.objects.count() == 2

    client.post("/admin/api/apikey/", {"action": "revoke", "_selected_action": [made.pk]})
    assert keys.find_key(token, now()) is None


def test_staff_who_may_only_look_cannot_end_a_key() -> None:
    program, cy = Program(), staff("Cy")
    cy.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    looking = browser(cy)
    assert "Revoke now" not in looking.get("/admin/api/apikey/").content.decode()
    looking.post("/admin/api/apikey/", {"action": "revoke", "_selected_action": [program.key.pk]})
    assert ApiKey.objects.get().revoked_at is None


def test_each_key_has_a_limit_of_its_own() -> None:
    first, second = Program("A", per_minute=2), Program("B", per_minute=2)
    with time_machine.travel(now(), tick=False):
        assert [first.post(EVENTS, {"events": []}).status_code for _ in range(2)] == [422, 422]
        limited = first.post(EVENTS, {"events": []})
        assert problem_of(limited) == (429, "too_many_requests")
        assert limited["Retry-After"] == "60"
        assert second.post(EVENTS, {"events": []}).status_code == 422


# -- Events in -------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_finished_practice_reaches_everything_that_ours_does(catalogue: None) -> None:
    program = Program()
    ada = program.brings(person("Ada"))
    answer = program.send(practiced(correct=5))
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 1,
        "duplicate": 0,
        "refused": 0,
        "results": [{"index": 0, "id": "p-1", "status": "accepted"}],
    }
    result = Result.objects.get(attempt__user=ada)
    assert (result.score, result.skill and result.skill.slug, result.xp) == (100, "algebra", 35)
    assert Progress.objects.get(user=ada).streak_days == 1
    assert Standing.objects.filter(user=ada).exists()
    assert Activity.objects.filter(actor=ada).exists()
    assert Decision.objects.filter(actor_id=ada.pk, agent="orchestrator", outcome="buddy_challenge").count() == 1
    assert Link.objects.filter(referrer=ada).exists()


def test_the_server_computes_the_score(catalogue: None) -> None:
    program = Program()
    program.brings(person("Ada"))
    answer = program.send(practiced(score=100))
    assert answer.status_code == 207
    assert answer.json()["results"][0]["problem"]["code"] == "invalid"
    assert program.send(practiced(correct=6)).json()["results"][0]["problem"]["code"] == "invalid"
    assert Result.objects.count() == 0


def test_a_half_bad_batch_stores_the_good_half(catalogue: None) -> None:
    program = Program()
    program.brings(person("Ada"))
    program.brings(child("Cy"))
    blocked = program.brings(person("Bo"))
    block_account(user=blocked, at=now())
    sent = [
        practiced(event_id="good-1"),
        practiced(event_id="unknown-type", type="round_finished"),
        practiced(event_id="wrong-type", correct="4"),
        practiced(event_id="more", surprise=1),
        practiced(event_id="future", at=now() + timedelta(hours=1)),
        practiced(event_id="old", at=now() - timedelta(days=8)),
        practiced(event_id="naive", occurred_at="2026-03-04T15:00:00"),
        practiced("nobody", "unknown-person"),
        practiced("cy", "no-consent"),
        practiced("bo", "blocked"),
        practiced(event_id="no-skill", skill="alchemy"),
        practiced(event_id="half", person="\ud800"),
        practiced(event_id="good-1"),
        {"type": "practice_test_completed", "id": "good-2", "person": "ada", "occurred_at": now().isoformat()}
        | {"subject": "math", "duration_s": 600, "answered": 19, "correct": 16, "total": 20},
        {},
    ]
    answer = program.send(*sent)
    assert answer.status_code == 207
    codes = [one["problem"]["code"] if "problem" in one else one["status"] for one in answer.json()["results"]]
    assert codes == [
        "accepted",
        "unknown_event",
        "invalid",
        "invalid",
        "event_in_the_future",
        "event_too_old",
        "invalid",
        "person_unknown",
        "consent_missing",
        "person_unavailable",
        "skill_unknown",
        "invalid",
        "duplicate",
        "accepted",
        "unknown_event",
    ]
    assert [one["index"] for one in answer.json()["results"]] == list(range(len(sent)))
    assert sorted(Result.objects.values_list("score", "attempt__kind")) == [(80, "practice"), (80, "practice_test")]


def test_a_child_whose_parent_agreed_is_taken(catalogue: None) -> None:
    program = Program()
    kid = program.brings(child("Cy"))
    parent = parent_of(kid, at=now())
    give_consent(parent=parent, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert statuses(program.send(practiced("cy"))) == ["accepted"]


def test_an_id_is_taken_once_per_program(catalogue: None) -> None:
    first, second = Program("A"), Program("B")
    ada = person("Ada")
    for program in (first, second):
        program.brings(ada)
    assert statuses(first.send(practiced())) == ["accepted"]
    assert statuses(first.send(practiced(correct=5))) == ["duplicate"]
    assert statuses(second.send(practiced())) == ["accepted"]
    assert Result.objects.count() == 2


def test_a_program_names_only_the_people_it_brought(catalogue: None) -> None:
    first, second = Program("A"), Program("B")
    first.brings(person("Ada"))
    assert second.send(practiced()).json()["results"][0]["problem"]["code"] == "person_unknown"


def test_results_of_yesterday_are_dated_yesterday_and_earn_once(catalogue: None) -> None:
    program = Program()
    ada = program.brings(person("Ada"))
    yesterday = now() - timedelta(days=1)
    program.send(practiced(event_id="2"), practiced(event_id="1", at=yesterday))
    assert Progress.objects.get(user=ada).streak_days == 2
    assert list(Result.objects.order_by("finished_at").values_list("xp", flat=True)) == [15, 15]
    logged = LoggedEvent.objects.filter(type="practice_completed")
    assert all(row.at > now() - timedelta(minutes=1) for row in logged)


@pytest.mark.django_db(transaction=True)
def test_an_invite_counts_for_the_persons_own_live_link(catalogue: None) -> None:
    program = Program()
    ada, bo = program.brings(person("Ada")), program.brings(person("Bo"))
    link = link_of(ada, now())
    invite = {"type": "invite_sent", "id": "i-1", "person": "ada", "occurred_at": now().isoformat()}
    invite |= {"link": link.code, "channel": "whatsapp"}
    assert statuses(program.send(invite)) == ["accepted"]
    assert statuses(program.send(invite)) == ["duplicate"]
    foreign = program.send(invite | {"id": "i-2", "person": bo.username})
    assert foreign.json()["results"][0]["problem"]["code"] == "link_not_theirs"
    assert LoggedEvent.objects.filter(type="invite_sent", link_code=link.code, actor_id=ada.pk).count() == 1


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{", (400, "not_json")),
        ('{"events": ' + "[" * 100_000, (400, "not_json")),
        ("[]", (422, "invalid")),
        ('{"events": []}', (422, "invalid")),
        ('{"events": [1]}', (422, "invalid")),
        ('{"events": [{}], "more": 1}', (422, "invalid")),
        ('{"events": [' + ",".join(["{}"] * 101) + "]}", (422, "invalid")),
        ('{"events": ["' + "x" * MAX_BODY + '"]}', (413, "body_too_large")),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_whole(body: str, problem: tuple[int, str]) -> None:
    assert problem_of(Program().post(EVENTS, body)) == problem


def test_other_addresses_are_problems_too() -> None:
    program = Program()
    assert problem_of(program.get("/api/v1/nothing")) == (404, "not_found")
    assert problem_of(program.post("/api/v1/nothing/", {})) == (404, "not_found")
    assert program.get(EVENTS).status_code == 405


def test_text_that_cannot_be_stored_is_a_problem_too() -> None:
    """The middleware refuses it before the API sees the request."""
    assert problem_of(browser().get("/api/v1/people?cursor=%00")) == (400, "invalid")


def test_a_head_is_answered_as_its_get() -> None:
    program = Program()
    head, read = program.client.head("/api/v1/people"), program.get("/api/v1/people")
    assert (head.status_code, head.content) == (read.status_code, b"") == (200, b"")
    assert Client().head("/api/v1/people").status_code == 401
    assert program.client.head(EVENTS).status_code == 405


# -- Repeated requests -------------------------------------------------------------------------------------------
def test_a_repeated_key_gets_the_first_answer_and_another_body_409(catalogue: None) -> None:
    program, other = Program("A"), Program("B")
    program.brings(person("Ada"))
    body = {"events": [practiced()]}
    first, again = program.post(EVENTS, body, key="k-1"), program.post(EVENTS, body, key="k-1")
    assert first.content == again.content
    assert (first.status_code, again.status_code) == (200, 200)
    assert again["Idempotent-Replayed"] == "true"
    assert problem_of(program.post(EVENTS, {"events": [practiced(event_id="2")]}, key="k-1")) == (
        409,
        "idempotency_key_reused",
    )
    assert other.post(EVENTS, body, key="k-1").status_code == 207  # keys of programs do not meet
    assert Result.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 81, "caf\u00e9", "a\tb"])
def test_a_key_that_cannot_be_stored_is_refused(key: str) -> None:
    assert problem_of(Program().post(EVENTS, {"events": [{}]}, key=key)) == (400, "idempotency_key_invalid")


@pytest.mark.django_db(transaction=True)
def test_the_same_request_eight_times_at_once_is_done_once(algebra: Skill) -> None:
    program = Program()
    program.brings(person("Ada"))
    body = {"events": [practiced(event_id=str(number)) for number in range(5)]}
    answers = in_threads(8, lambda: program.post(EVENTS, body, key="k-1"))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert [answer.status_code for answer in answers] == [200] * 8
    assert Result.objects.count() == 5
    assert IdempotentRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_events_in_eight_requests_at_once_are_taken_once(algebra: Skill) -> None:
    program = Program()
    program.brings(person("Ada"))
    body = {"events": [practiced(event_id=str(number)) for number in range(5)]}
    answers = in_threads(8, lambda: program.post(EVENTS, body))
    found = sorted(status for answer in answers for status in statuses(answer))
    assert found == ["accepted"] * 5 + ["duplicate"] * 35
    assert Result.objects.count() == 5
    assert LoggedEvent.objects.filter(type="practice_completed").count() == 5


# -- Documentation -----------------------------------------------------------------------------------------------
def test_each_problem_scope_and_event_is_documented() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    assert [code for code in TITLES if f"`{code}`" not in documented] == []
    assert [name for name in SCHEMAS if f"`{name}`" not in documented] == []


def test_the_document_is_openapi_3_1_with_problems() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    sending = document["paths"]["/api/v1/events"]["post"]
    assert list(sending["responses"]["409"]["content"]) == ["application/problem+json"]
    known = document["components"]["schemas"]["EventBatch"]["properties"]["events"]["items"]["oneOf"]
    assert [one["properties"]["type"]["const"] for one in known] == list(SCHEMAS)
    assert all(one["additionalProperties"] is False for one in known)
