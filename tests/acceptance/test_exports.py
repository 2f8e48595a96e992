"""Everything that is stored about a person, for that person, for a parent and for staff; nothing of others."""

import json
from datetime import datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.http import StreamingHttpResponse
from django.test import Client

from loops.models import Prompt
from tests.factories import browser, challenge_of, child, cohort_of, parent_of, person
from tests.steps.admin import choose_action
from tests.steps.privacy import CANARY, canary_person, lead_a_life, live_beside, pupil_of_school
from viral_engine.accounts.models import Disclosure, SchoolRequest, User
from viral_engine.accounts.services import exports, friends
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.kernel.privacy.export import LEFT_OUT
from viral_engine.kernel.privacy.policies import policies
from viral_engine.kernel.streaming import stream
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"


def text_of(answer: Any) -> str:
    """Read a streamed answer to its end."""
    assert isinstance(answer, StreamingHttpResponse)

    async def read() -> str:
        return "".join([part.decode() async for part in answer])

    return async_to_sync(read)()


def export_of(user: User) -> dict[str, Any]:
    document: dict[str, Any] = json.loads("".join(exports.json_parts(user, at=now())))
    return document


def get_export(client: Client, path: str, kind: str = "json", password: str = PASSWORD) -> Any:
    return client.post(path, {"own_password": password, "kind": kind})


# -- Contents -----------------------------------------------------------------------------------------------------
def test_it_has_every_row_that_names_the_person(algebra: Skill, at: datetime) -> None:
    ada = canary_person(at)
    lead_a_life(ada, algebra.subject, at)
    challenge_of(ada, algebra, now())
    tables = export_of(ada)["tables"]
    for policy in policies():
        for path in policy.people:
            value = str(ada.person_id) if path.is_person_id else ada.pk
            found = set(policy.rows().filter(**{path.path: value}).values_list("pk", flat=True))
            rows = tables.get(policy.name, {"rows": []})["rows"]
            key = policy.model._meta.pk.name
            assert {str(pk) for pk in found} <= {str(row.get(key, row.get("attempt"))) for row in rows}, policy.name
    assert tables["feeds.message"]["rows"][0]["text"] == f"I like {CANARY}"
    assert tables["accounts.user"]["rows"][0]["email"] == f"{CANARY}@example.com"
    assert tables["feeds.message"]["kept_for"] == "30 days"
    assert len(tables) > 15


def test_it_names_nobody_else_and_has_no_words_of_others(algebra: Skill, at: datetime) -> None:
    ada, bo = person("Ada", at=at), canary_person(at, "Bo")
    friends.accept_friend(friendship=friends.request_friend(asker=ada, asked=bo, at=at), by=bo, at=at)
    cohort_of(ada, bo, at=at)
    live_beside(ada, bo, algebra.subject, at)
    document = json.dumps(export_of(ada), ensure_ascii=False)
    assert CANARY not in document.lower()
    assert '"another person"' in document
    row = export_of(ada)["tables"]["learning.tutoringsession"]["rows"][0]
    assert (row["student"], row["tutor"], row["transcript"]) == ("you", "another person", LEFT_OUT)
    assert "password" not in document
    assert "signup_device" not in document


def test_it_is_streamed_in_parts_of_bounded_size(at: datetime) -> None:
    ada = person("Ada", at=at)
    Decision.objects.bulk_create(
        Decision(agent="x", actor_id=ada.pk, type="x", outcome="none", rationale="y" * 200, decided_at=at)
        for _ in range(3000)
    )
    parts = [len(part) for part in exports.json_parts(ada, at=at)]
    assert len(parts) > 3000
    assert max(parts) < 2000

    async def sizes() -> list[int]:
        return [len(piece) async for piece in stream(exports.json_parts(ada, at=at))]

    pieces = async_to_sync(sizes)()
    assert sum(pieces) == sum(parts)
    assert max(pieces) < 64 * 1024 + 2000
    assert len(pieces) > 10


# -- Doors -----------------------------------------------------------------------------------------------------------
def test_everybody_sees_their_own_data_after_the_password(at: datetime) -> None:
    client = browser(person("Ada", at=at))
    assert "See all my data" in client.get("/settings/export/").content.decode()
    assert "This is not your password" in get_export(client, "/settings/export/", password="x").content.decode()
    answer = get_export(client, "/settings/export/")
    assert answer["Content-Disposition"].startswith('attachment; filename="my-data-')
    assert answer["Cache-Control"] == "private, no-store"
    assert json.loads(text_of(answer))["tables"]["accounts.user"]["rows"][0]["username"] == "ada"
    page = text_of(get_export(client, "/settings/export/", kind="html"))
    assert "<h1>All data about ada</h1>" in page
    assert page.rstrip().endswith("</html>")
    assert page.count("<table") == page.count("</table>")


def test_the_page_escapes_what_people_wrote(at: datetime) -> None:
    ada = person("Ada", at=at)
    User.objects.filter(pk=ada.pk).update(first_name="<script>alert(1)</script>")
    ada.refresh_from_db()
    assert "<script>alert" not in "".join(exports.html_parts(ada, at=at))


@pytest.mark.usefixtures("stopped_clock")
def test_five_exports_a_day(at: datetime) -> None:
    client = browser(person("Ada", at=at))
    answers = [get_export(client, "/settings/export/").status_code for _ in range(5)]
    assert answers == [200] * 5
    assert get_export(client, "/settings/export/").status_code in {200, 429}  # five passwords in half an hour, too


def test_a_parent_sees_a_childs_data_and_another_parent_gets_404(at: datetime) -> None:
    kid = child("Comet", at=at)
    grace, dee = parent_of(kid, at=at), person("Dee", age=40, role="parent")
    path = f"/family/{kid.pk}/export/"
    document = json.loads(text_of(get_export(browser(grace), path)))
    assert document["account"] == kid.pk
    assert "grace" not in json.dumps(document).lower()
    for client in (browser(dee), browser(kid)):
        assert client.get(path).status_code == 404
        assert get_export(client, path).status_code == 404
    assert browser().get(path).status_code == 302


def test_staff_need_the_permission_and_leave_a_trace(at: datetime) -> None:
    ada = person("Ada", at=at)
    staff = person("Bo", age=30, role="admin", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    people = "/admin/accounts/user/"
    choose_action(browser(staff), people, "export_person", ada.pk)
    assert not LogEntry.objects.exists()
    staff.user_permissions.add(Permission.objects.get(codename="export_person"))
    answer = choose_action(browser(staff), people, "export_person", ada.pk)
    assert json.loads(text_of(answer))["account"] == ada.pk
    assert LogEntry.objects.get().change_message == "Exported all data."
    page = choose_action(browser(staff), people, "export_person", ada.pk, staff.pk).content.decode()
    assert "Choose one person." in page


# -- Schools under contract ---------------------------------------------------------------------------------------
def test_a_schools_records_are_asked_for_at_the_school(at: datetime) -> None:
    kid, grace, school = pupil_of_school(at)
    client = browser(grace)
    path = f"/family/{kid.pk}/export/"
    assert "Ask Hill School" in client.get(path).content.decode()
    for _ in range(2):
        assert client.post(path, {"own_password": PASSWORD, "kind": "json"}).status_code == 302
    request = SchoolRequest.objects.get()
    assert (request.school, request.kind, (request.due_at - request.asked_at).days) == (school, "export", 45)
    assert Disclosure.objects.get().recipient == "parent"
    assert not Prompt.objects.exists()
