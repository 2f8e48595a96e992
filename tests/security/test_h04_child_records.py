"""Hole 4: staff could look at any child, and nothing remembered it."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import Settings

from feeds.models import Message
from tests.concurrency import at_once
from tests.factories import browser, child, cohort_of, parent_of, person, practice
from tests.steps.admin import give_reason
from tests.steps.staff import log_in, staff, superuser
from viral_engine.accounts.models import Guardianship, User
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import purge_personal_data
from viral_engine.learning.models import Skill, TutoringSession
from viral_engine.staff import child_records
from viral_engine.staff.models import AuditEntry
from viral_engine.staff.services import audit

REASON = "A parent asked us to look"
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def root() -> Client:
    return browser(superuser())


def looks() -> list[tuple[int | None, str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("person_id", "what", "reason"))


def change_page(row: object) -> str:
    meta = row._meta  # type: ignore[attr-defined]
    return f"/admin/{meta.app_label}/{meta.model_name}/{row.pk}/change/"  # type: ignore[attr-defined]


# -- Which pages ---------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_childs_page_asks_why_once_and_writes_down_every_look(root: Client) -> None:
    kid = child("Dee")
    path = change_page(kid)
    assert root.get(path).headers["Location"].startswith("/admin/reason/?next=")
    assert looks() == []
    give_reason(root, path, REASON)
    assert [root.get(path).status_code for _ in range(2)] == [200, 200]
    assert looks() == [(kid.pk, f"GET {path}", REASON)] * 2
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert entry.actor_id == User.objects.get(username="root").pk


@pytest.mark.django_db
def test_an_action_on_rows_of_a_list_asks_why_as_their_pages_do(root: Client) -> None:
    """An export leaves by an action of a list, which shows one line."""
    kid, grown = child("Dee"), person("Cy", age=30)
    path = "/admin/accounts/user/"
    export = {"action": "export_person", "_selected_action": [kid.pk]}
    refused = root.post(path, export)
    asked = refused.headers["Location"]
    assert (refused.status_code, asked.startswith("/admin/reason/?next=")) == (302, True)
    assert "These rows are about a child" in root.get(asked).content.decode()
    assert root.post(asked, {"reason": REASON}).headers["Location"] == path
    answer = root.post(path, export)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert looks()[-1] == (kid.pk, f"POST {path}", REASON)
    assert "attachment" in root.post(path, export | {"_selected_action": [grown.pk]}).headers["Content-Disposition"]


@pytest.mark.django_db
def test_an_action_across_pages_asks_for_every_child_and_takes_the_rows_that_were_looked_at(root: Client) -> None:
    kids = [child(f"kid{number}") for number in range(3)]
    person("Cy", age=30)
    path = "/admin/accounts/user/?role__exact=student"
    everybody = {"action": "delete_selected", "select_across": "1", "_selected_action": [str(kids[0].pk)]}
    asked = root.post(path, everybody).headers["Location"]
    assert "about 3 children" in root.get(asked).content.decode()
    assert looks() == []
    assert root.post(asked, {"reason": REASON}).headers["Location"] == path
    late = child("late")  # nobody said why for this one
    assert root.post(path, everybody).headers["Location"].startswith("/admin/reason/")
    User.objects.filter(pk=late.pk).update(role="parent", birthdate=kids[0].birthdate)
    page = root.post(path, everybody).content.decode()
    assert "Are you sure" in page
    assert f'value="{late.pk}"' not in page
    assert {person_id for person_id, *_ in looks() if person_id} == {kid.pk for kid in kids}


@pytest.mark.django_db
def test_an_action_across_pages_has_a_limit(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_records, "MAX_ACROSS", 1)
    child("Dee")
    everybody = {"action": "delete_selected", "select_across": "1", "_selected_action": ["1"], "post": "yes"}
    page = root.post("/admin/accounts/user/", everybody, follow=True).content.decode()
    assert "Filter the list first" in page
    assert User.objects.filter(username="dee").exists()


@pytest.mark.django_db
def test_each_child_and_each_session_asks_again(root: Client) -> None:
    dee, cy = child("Dee"), person("Cy", age=17)
    give_reason(root, change_page(dee), REASON)
    assert root.get(change_page(cy)).status_code == 302
    assert browser(staff("Bo", is_superuser=True)).get(change_page(dee)).status_code == 302


@pytest.mark.django_db
def test_adults_and_staff_are_no_children(root: Client) -> None:
    for adult in (person("Cy", age=18), staff("Bo"), staff("Dee", birthdate=None)):
        assert root.get(change_page(adult)).status_code == 200
    unknown = person("Ada", birthdate=None)  # deny by default
    assert root.get(change_page(unknown)).status_code == 302


@pytest.mark.django_db
def test_every_page_under_a_childs_row_counts(root: Client) -> None:
    kid = child("Dee")
    for page in ("change", "history", "delete", "password"):
        assert root.get(f"/admin/accounts/user/{kid.pk}/{page}/").headers["Location"].startswith("/admin/reason/")
    assert root.post(change_page(kid), {"username": "x"}).headers["Location"].startswith("/admin/reason/")
    kid.refresh_from_db()
    assert kid.username == "dee"


@pytest.mark.django_db
def test_a_childs_result_chat_and_session_count(root: Client, algebra: Skill, at: datetime) -> None:
    kid, cy = person("Dee"), person("Cy")
    result = practice(kid, algebra, at=at)
    cohort = cohort_of(kid, cy, at=at)
    message = Message.objects.create(
        cohort=cohort, author=kid, seq=1, text="hi", key="0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11", at=at
    )
    session = TutoringSession.objects.create(
        tutor=person("Toni", age=30, role="tutor"),
        student=kid,
        subject=algebra.subject,
        started_at=at,
        completed_at=at + HALF_HOUR,
        duration_min=30,
    )
    grace = parent_of(kid, at=at)
    rows = [result, message, session, result.attempt, cohort, Guardianship.objects.get(parent=grace)]
    for row in rows:
        assert root.get(change_page(row)).headers["Location"].startswith("/admin/reason/"), row
    give_reason(root, change_page(cohort), REASON)
    assert [root.get(change_page(row)).status_code for row in rows] == [200] * len(rows)
    people = [person_id for person_id, _, _ in looks()]
    assert people == [kid.pk] * 4 + [kid.pk, cy.pk] + [kid.pk]


@pytest.mark.django_db
def test_a_list_of_people_leaves_one_entry_a_session_and_one_for_each_search(root: Client) -> None:
    child("Dee")
    for query in ("", "", "?p=1", "?q=dee", "?q=dee&role__exact=student"):
        assert root.get(f"/admin/accounts/user/{query}").status_code == 200
    root.get("/admin/kernel/periodicrun/")  # names nobody
    root.get("/admin/autocomplete/?app_label=accounts&model_name=guardianship&field_name=child&term=dee")
    assert [what for _, what, _ in looks()] == [
        "GET /admin/accounts/user/",
        "GET /admin/accounts/user/?q",
        "GET /admin/accounts/user/?q,role__exact",
        "GET /admin/autocomplete/?app_label,field_name,model_name,term",
    ]


@pytest.mark.django_db
def test_a_childs_page_asks_for_a_fresh_proof_first() -> None:
    superuser()
    kid = child("Dee")
    with time_machine.travel("2026-03-04 08:00:00+00:00", tick=False) as clock:
        client = browser()
        log_in(client, login="root")
        asked = client.get(change_page(kid)).headers["Location"]
        assert asked.startswith("/accounts/reauthenticate/")
        client.post(asked, {"password": "correct-horse-9", "next": change_page(kid)})
        give_reason(client, change_page(kid), REASON)
        assert client.get(change_page(kid)).status_code == 200
        clock.shift(timedelta(minutes=16))
        assert client.get(change_page(kid)).headers["Location"].startswith("/accounts/reauthenticate/")


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "because", "Ask about dee now", "Lovelace called us", "x" * 201])
def test_a_reason_is_a_sentence_without_the_childs_names(root: Client, reason: str) -> None:
    kid = person("Dee")
    asked = root.get(change_page(kid)).headers["Location"]
    assert root.post(asked, {"reason": reason}).status_code == 200
    assert root.get(change_page(kid)).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("back", ["//evil.example/admin/", "https://evil.example/admin/", "/practice/", "javascript:1"])
def test_the_reason_page_returns_to_the_admin_alone(root: Client, back: str) -> None:
    assert root.get("/admin/reason/", {"next": back}).status_code == 404


# -- The chain -------------------------------------------------------------------------------------------------
def look(person_id: int = 7, at: datetime | None = None) -> None:
    audit.record_looks(actor_id=1, reasons=[(person_id, REASON)], what="GET /admin/", at=at or now())


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE staff_auditentry SET reason = 'nothing'",
        "DELETE FROM staff_auditentry",
        "DELETE FROM staff_auditentry WHERE at < '2000-01-01 00:00:00'",
    ],
)
def test_the_database_refuses_to_change_and_to_delete_entries(sql: str) -> None:
    look()
    look(at=datetime.fromisoformat("1999-01-01T00:00:00+00:00"))  # old, but no anchor covers it
    with pytest.raises(DatabaseError, match="append-only"):
        execute(sql)
    assert AuditEntry.objects.count() == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_postgresql_refuses_to_truncate_them() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    look()
    with pytest.raises(DatabaseError, match="append-only"):
        execute("TRUNCATE staff_auditentry")


def check(*arguments: str) -> str:
    out = StringIO()
    call_command("check_audit", *arguments, stdout=out)
    return out.getvalue()


def tamper(sql: str) -> None:
    """Edit the table as an owner of the database could."""
    from viral_engine.staff import append_only

    with transaction.atomic(), connection.cursor() as cursor:
        append_only.drop_triggers(connection.vendor, cursor)
        cursor.execute(sql)
        append_only.create_triggers(connection.vendor, cursor)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "broken", "fault"),
    [
        ("UPDATE staff_auditentry SET reason = 'nothing' WHERE id = {}", 1, "does not match its hash"),
        ("UPDATE staff_auditentry SET person_id = 8 WHERE id = {}", 1, "does not match its hash"),
        ("UPDATE staff_auditentry SET person_id = NULL WHERE id = {}", 1, "does not match its hash"),
        ("UPDATE staff_auditentry SET row_hash = 'a' WHERE id = {}", 1, "does not match its hash"),
        ("DELETE FROM staff_auditentry WHERE id = {}", 2, "does not follow"),
    ],
)
def test_check_audit_names_the_first_broken_row(change: str, broken: int, fault: str) -> None:
    for _ in range(4):
        look()
    ids = list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))
    assert check().startswith("4 audit entries, one whole chain.")
    tamper(change.format(ids[1]))
    with pytest.raises(CommandError, match=f"Audit entry {ids[broken]} is broken: .*{fault}"):
        check()


@pytest.mark.django_db(transaction=True)
def test_a_chain_computed_anew_without_the_key_and_a_cut_end_are_found(settings: Settings) -> None:
    look()
    head = audit.newest_hash()
    look()
    ends_with = check().split()[-1]
    ours, settings.SECRET_KEY = settings.SECRET_KEY, "the-attacker-has-the-database-but-not-this-key"
    look()
    settings.SECRET_KEY = ours
    forged = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    with pytest.raises(CommandError, match=f"Audit entry {forged} is broken"):
        check()
    tamper(f"DELETE FROM staff_auditentry WHERE id >= {forged - 1}")  # noqa: S608  (a number)
    check("--contains", head)
    with pytest.raises(CommandError, match="its end was cut off"):
        check("--contains", ends_with)


@pytest.mark.django_db(transaction=True)
def test_the_chain_survives_a_new_secret_key(settings: Settings) -> None:
    look()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a-new-key-for-this-test-" * 3
    look()
    assert check().startswith("2 audit entries, one whole chain.")


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_moment_keep_one_chain() -> None:
    def look_thrice(number: int) -> str:
        for _ in range(3):
            look(number)
        return "done"

    assert at_once(6, look_thrice) == {"done": 6}
    assert AuditEntry.objects.count() == 18
    assert check().startswith("18 audit entries, one whole chain.")


@pytest.mark.django_db(transaction=True)
def test_entries_of_more_than_two_years_are_pruned_behind_an_anchor() -> None:
    out = StringIO()
    for days in (800, 740, 731, 700, 1):
        look(days, at=now() - timedelta(days=days))
    for expected in ("3 audit entries deleted.", "No audit entry is older than two years."):
        call_command("prune_audit", stdout=out)
        assert out.getvalue().strip().endswith(expected)
        assert check().startswith("3 audit entries, one whole chain.")
    assert list(AuditEntry.objects.order_by("pk").values_list("person_id", flat=True)) == [700, 1, None]
    tamper("DELETE FROM staff_auditentry WHERE person_id = 700")
    with pytest.raises(CommandError, match="does not follow"):
        check()


@pytest.mark.django_db(transaction=True)
def test_a_broken_chain_is_not_pruned() -> None:
    for days in (800, 740):
        look(days, at=now() - timedelta(days=days))
    tamper("UPDATE staff_auditentry SET reason = 'nothing'")
    with pytest.raises(CommandError, match="Nothing was deleted"):
        call_command("prune_audit")
    assert AuditEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_purge_leaves_a_broken_chain_alone_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    for days in (800, 740):
        look(days, at=now() - timedelta(days=days))
    tamper("UPDATE staff_auditentry SET reason = 'nothing'")
    purge_personal_data(at=now())
    assert AuditEntry.objects.count() == 2
    assert "the audit chain is broken" in caplog.text
    with pytest.raises(audit.ChainBroken):
        audit.prune(actor_id=0, at=now())
