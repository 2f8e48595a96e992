"""A school system keeps people and classes up to date over the API, one by one and with files."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core import mail

from tests.api.programs import Program, in_threads, problem_of
from tests.factories import child, parent_of, person
from viral_engine.accounts.models import Cohort, CohortMembership, ConsentRequest, User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.accounts.tasks import mail_parents
from viral_engine.api.models import ExternalPerson
from viral_engine.api.services import imports
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db
ADULT, TEEN, KID = "1980-04-01", f"{now().year - 15}-01-01", f"{now().year - 10}-01-01"


def body(**changed: Any) -> dict[str, Any]:
    return {"birthdate": TEEN, "first_name": "Ada", "last_name": "Lovelace", "grade": 9} | changed


def test_a_person_is_made_once_and_kept_up_to_date() -> None:
    program = Program()
    made = program.put("/api/v1/people/s-1", body(email="ada@example.com"))
    assert made.status_code == 201
    ada = User.objects.get()
    assert made.json() == {
        "external_id": "s-1",
        "person_id": str(ada.person_id),
        "state": "open",
        "role": "student",
        "username": ada.username,
        "grade": 9,
        "cohorts": [],
    }
    assert (ada.first_name, ada.birthdate) == ("Ada", date.fromisoformat(TEEN))
    assert LoggedEvent.objects.filter(type="account_created", actor_id=ada.pk).count() == 1

    again = program.put("/api/v1/people/s-1", body(first_name="Adele", grade=10))
    assert (again.status_code, again.json()["grade"]) == (200, 10)
    ada.refresh_from_db()
    assert (ada.first_name, ada.grade, User.objects.count()) == ("Adele", 10, 1)
    assert program.get("/api/v1/people/s-1").json() == again.json()


def test_nobody_learns_a_password_of_a_made_account() -> None:
    Program().put("/api/v1/people/s-1", body())
    assert not User.objects.get().check_password("")


def test_a_child_waits_for_a_parent_and_nothing_else_is_stored() -> None:
    program = Program()
    missing = program.put("/api/v1/people/s-1", body(birthdate=KID))
    assert problem_of(missing) == (422, "invalid")
    assert missing.json()["errors"][0]["at"] == "parent_email"
    made = program.put("/api/v1/people/s-1", body(birthdate=KID, parent_email="grace@example.com"))
    assert (made.status_code, made.json()["state"]) == (201, "waiting_for_parent")
    kid = User.objects.get()
    assert (kid.first_name, kid.last_name, kid.email) == ("", "", None)
    assert ConsentRequest.objects.get().parent_email == "grace@example.com"
    mail_parents()
    assert mail.outbox[0].to == ["grace@example.com"]
    program.put("/api/v1/people/s-1", body(birthdate=KID, first_name="Cy"))
    kid.refresh_from_db()
    assert kid.first_name == ""


def test_a_consent_opens_the_child() -> None:
    program, kid = Program(), child("Cy")
    program.brings(kid, "s-1")
    assert program.get("/api/v1/people/s-1").json()["state"] == "waiting_for_parent"
    give_consent(parent=parent_of(kid, at=now()), child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert program.get("/api/v1/people/s-1").json()["state"] == "open"


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"birthdate": "1980-13-01"}, "birthdate"),
        ({"birthdate": None}, "birthdate"),
        ({"grade": 13}, "grade"),
        ({"grade": "9"}, "grade"),
        ({"role": "admin"}, "role"),
        ({"is_staff": True}, "is_staff"),
        ({"first_name": "call 555-0100"}, "first_name"),
        ({"username": "\u0430da lovelace"}, "username"),
        ({"email": "nowhere"}, "email"),
        ({"first_name": "\u0000"}, "first_name"),
        ({"role": "parent"}, "role"),  # of a minor
    ],
)
def test_what_a_form_refuses_is_refused(changed: dict[str, Any], at: str) -> None:
    answer = Program().put("/api/v1/people/s-1", body(**changed))
    assert problem_of(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["at"].split(".")[-1] == at
    assert User.objects.count() == 0


def test_role_birthdate_and_closed_accounts_stay() -> None:
    program = Program()
    ada = program.brings(person("Ada"), "s-1")
    assert problem_of(program.put("/api/v1/people/s-1", body(birthdate=KID))) == (409, "person_differs")
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert problem_of(program.put("/api/v1/people/s-1", body())) == (403, "person_unavailable")
    assert program.get("/api/v1/people/s-1").json()["state"] == "closed"


@pytest.mark.django_db(transaction=True)
def test_one_person_made_by_six_requests_at_once() -> None:
    program = Program()
    answers = in_threads(6, lambda: program.put("/api/v1/people/s-1", body(email="ada@example.com")))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert (User.objects.count(), ExternalPerson.objects.count()) == (1, 1)


def test_cohorts_are_made_filled_and_emptied() -> None:
    program = Program()
    ada = program.brings(person("Ada"), "s-1")
    assert program.put("/api/v1/cohorts/c-1", {"name": "Comets", "grade": 8}).status_code == 201
    assert program.put("/api/v1/cohorts/c-1", {"name": "Comets B", "grade": 8}).status_code == 200
    assert program.put("/api/v1/cohorts/c-1/people/s-1", {}).status_code == 204
    assert program.get("/api/v1/people/s-1").json()["cohorts"] == ["c-1"]
    assert CohortMembership.objects.get().user == ada
    assert program.client.delete("/api/v1/cohorts/c-1/people/s-1").status_code == 204
    assert program.client.delete("/api/v1/cohorts/c-1/people/s-1").status_code == 204
    assert CohortMembership.objects.count() == 0
    Cohort.objects.create(name="Others")
    assert problem_of(program.put("/api/v1/cohorts/c-1", {"name": "Others"})) == (409, "name_taken")
    assert problem_of(program.put("/api/v1/cohorts/c-2", {"name": "Others"})) == (409, "name_taken")
    assert problem_of(program.put("/api/v1/cohorts/c-2", {"name": "call 555-0100"})) == (422, "invalid")
    assert problem_of(program.put("/api/v1/cohorts/c-9/people/s-1", {})) == (404, "cohort_unknown")
    assert program.put("/api/v1/people/s-1", body(birthdate=str(ada.birthdate), cohort="c-1")).json()["cohorts"] == [
        "c-1"
    ]


def test_pages_end_with_a_cursor() -> None:
    program, other = Program("A"), Program("B")
    for name in ("Ada", "Bo", "Cy"):
        program.brings(person(name))
    first = program.get("/api/v1/people", limit=2).json()
    second = program.get("/api/v1/people", limit=2, cursor=first["next_cursor"]).json()
    assert [one["external_id"] for one in first["people"] + second["people"]] == ["ada", "bo", "cy"]
    assert second["next_cursor"] is None
    assert other.get("/api/v1/people").json() == {"people": [], "next_cursor": None}
    for cursor in ("x", "W10", "WyJ4Il0", "WzEsMl0", "W3RydWVd", "Wy0xXQ", "\u00e9"):
        assert problem_of(program.get("/api/v1/people", cursor=cursor)) == (422, "bad_cursor")


# -- Files -----------------------------------------------------------------------------------------------------------
def send_file(program: Program, path: str, content: bytes, kind: str) -> Any:
    return program.client.generic("POST", path, content, content_type=kind)


def test_a_csv_reports_each_line() -> None:
    program = Program()
    program.put("/api/v1/cohorts/c-1", {"name": "Comets"})
    text = (
        "external_id,birthdate,first_name,grade,cohort\r\n"
        f"s-1,{TEEN},Ada,9,c-1\r\n"
        f's-2,{TEEN},"Bo, the second",10,\r\n'
        f"s-3,{TEEN},Cy,99,\r\n"
        f"s 4,{TEEN},Dee,9,\r\n"
        f"s-5,{TEEN},Dee,9,c-9\r\n"
    )
    report = send_file(program, "/api/v1/imports/people", ("\ufeff" + text).encode(), "text/csv").json()
    assert [(one["line"], one["status"]) for one in report["rows"]] == [
        (2, "created"),
        (3, "created"),
        (4, "refused"),
        (5, "refused"),
        (6, "refused"),
    ]
    assert (report["created"], report["updated"], report["refused"]) == (2, 0, 3)
    assert CohortMembership.objects.get().user.first_name == "Ada"
    again = send_file(program, "/api/v1/imports/people", text.encode(), "text/csv").json()
    assert (again["created"], again["updated"], User.objects.count()) == (0, 2, 2)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "text/csv"),
        (b"external_id,surprise\r\n1,2\r\n", "text/csv"),
        (b"external_id,external_id\r\n1,2\r\n", "text/csv"),
        (b"external_id,birthdate\r\n1\r\n", "text/csv"),
        (b'external_id\r\n"1\r\n', "text/csv"),
        (b"\xff\xfe", "text/csv"),
        (b"external_id\r\n1", "application/json"),
        (b"PK not a zip", "application/zip"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(content: bytes, kind: str) -> None:
    path = "/api/v1/imports/oneroster" if "zip" in kind else "/api/v1/imports/people"
    assert problem_of(send_file(Program(), path, content, kind)) == (422, "not_a_roster")
    assert User.objects.count() == 0


def bundle(**files: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return packed.getvalue()


ROSTER = {
    "classes": "sourcedId,status,title,grades\r\nk1,active,Comets,08\r\nk2,tobedeleted,Gone,08\r\n",
    "demographics": f"sourcedId,birthDate\r\nu1,{TEEN}\r\nu2,{KID}\r\nu4,{ADULT}\r\n",
    "users": (
        "sourcedId,status,role,givenName,familyName,email,grades,agentSourcedIds\r\n"
        'u1,active,student,Ada,Lovelace,ada@example.com,"09,10",\r\n'
        "u2,active,student,Cy,Lovelace,,04,p1\r\n"
        "u3,active,student,Nobody,Knows,,04,\r\n"
        "u4,active,teacher,Dee,Lovelace,dee@example.com,,\r\n"
        "p1,active,guardian,Grace,Lovelace,grace@example.com,,u2\r\n"
        "u9,tobedeleted,student,Gone,Away,,04,\r\n"
    ),
    "enrollments": "sourcedId,classSourcedId,userSourcedId,role\r\ne1,k1,u1,student\r\ne2,k1,u2,student\r\n",
}


def test_a_oneroster_bundle_makes_classes_pupils_and_teachers() -> None:
    program = Program()
    answer = send_file(program, "/api/v1/imports/oneroster", bundle(**ROSTER), "application/zip")
    found = [(one["file"], one["external_id"], one["status"]) for one in answer.json()["rows"]]
    assert found == [
        ("classes.csv", "k1", "created"),
        ("users.csv", "u1", "created"),
        ("users.csv", "u2", "created"),
        ("users.csv", "u3", "refused"),
        ("users.csv", "u4", "created"),
        ("enrollments.csv", "u1", "created"),
        ("enrollments.csv", "u2", "created"),
    ]
    roles = dict(ExternalPerson.objects.values_list("external_id", "user__role"))
    assert roles == {"u1": "student", "u2": "student", "u4": "tutor"}
    assert ConsentRequest.objects.get().parent_email == "grace@example.com"
    assert Cohort.objects.get().memberships.count() == 2
    again = send_file(program, "/api/v1/imports/oneroster", bundle(**ROSTER), "application/zip").json()
    assert (again["created"], again["updated"], again["refused"]) == (0, 6, 1)


def test_a_bundle_that_unpacks_to_too_much_is_refused() -> None:
    users = "sourcedId,role\r\n" + "x" * (imports.MAX_FILE + 1)
    answer = send_file(Program(), "/api/v1/imports/oneroster", bundle(users=users), "application/zip")
    assert problem_of(answer) == (413, "body_too_large")


def test_a_file_with_many_new_people_goes_on_when_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MAX_NEW", 2)
    program = Program()
    text = "external_id,birthdate\r\n" + "".join(f"s-{number},{TEEN}\r\n" for number in range(3))
    first = send_file(program, "/api/v1/imports/people", text.encode(), "text/csv").json()
    second = send_file(program, "/api/v1/imports/people", text.encode(), "text/csv").json()
    assert [one["status"] for one in first["rows"]] == ["created", "created", "refused"]
    assert [one["status"] for one in second["rows"]] == ["updated", "updated", "created"]


def test_a_reading_key_writes_nobody() -> None:
    program = Program(scopes=["people:read"])
    assert problem_of(program.put("/api/v1/people/s-1", body())) == (403, "scope_missing")
    assert problem_of(send_file(program, "/api/v1/imports/people", b"", "text/csv")) == (403, "scope_missing")


def test_a_repeated_upsert_gets_the_first_answer() -> None:
    program = Program()
    first = program.put("/api/v1/people/s-1", body(), key="k-1")
    again = program.put("/api/v1/people/s-1", body(), key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert problem_of(program.put("/api/v1/people/s-2", body(), key="k-1")) == (409, "idempotency_key_reused")
    assert timedelta(0) <= now() - ExternalPerson.objects.get().linked_at < timedelta(minutes=5)
