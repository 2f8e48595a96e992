"""A person who asks to be forgotten is found in no table afterwards, and the sums still add up."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client

from loops.buddy_challenge.models import Challenge
from loops.core.links import token_for
from loops.core.rewards.grants import grant_reward
from loops.models import Link, Prompt, RewardEntry
from tests.factories import (
    Committed,
    browser,
    challenge_of,
    child,
    cohort_of,
    consent_request,
    counting,
    guest,
    parent_of,
    person,
    statements,
)
from tests.steps.admin import JOINED, NOON, give_reason, save_form
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.models import Block, Cohort, CohortMembership, Consent, ConsentRequest, Friendship, User
from viral_engine.accounts.services import consent, erasure, friends, guests
from viral_engine.accounts.services.consent import ConsentRefused
from viral_engine.celery import app
from viral_engine.kernel import tasks
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent, PeriodicRun
from viral_engine.kernel.text.mailboxes import same_mailbox
from viral_engine.learning.models import Progress, Result, Skill

pytestmark = pytest.mark.django_db
CANARY = "zanzibar"
SPELT = "ZanziBar"  # as people type it: only the mailbox of the account itself is in lower case
PASSWORD = "correct-horse-9"


def everything() -> str:
    """Every row of every table as text, sessions decoded, in lower case."""
    rows: list[Any] = [list(model._default_manager.values()) for model in apps.get_models()]
    rows += [session.get_decoded() for session in Session.objects.all()]
    return json.dumps(rows, default=str).lower()


def somebody(at: datetime, **fields: Any) -> User:
    """Ada, with a canary wherever a person may leave words of their own."""
    named = dict.fromkeys(("username", "first_name", "last_name", "signup_device"), SPELT)
    named["email"] = f"{CANARY}@example.com"
    ada = person("Ada", at=at, is_proven=False, **fields)
    User.objects.filter(pk=ada.pk).update(**named, signup_ip_hash=CANARY, current_subject=CANARY)
    ada.refresh_from_db()
    EmailAddress.objects.create(user=ada, email=f"{SPELT}@Example.com", primary=True, verified=True)
    return ada


def noted(ada: User, *, parent: User, child: User) -> None:
    """Staff filled in the forms that name Ada in rows beside her own; they were shown the messages, which are gone."""
    staff = browser(User.objects.create_superuser("clerk", "clerk@example.com", PASSWORD))
    save_form(staff, "accounts/guardianship/add/", parent=parent.pk, child=child.pk, **NOON)
    save_form(staff, "account/emailaddress/add/", user=ada.pk, email=f"second.{SPELT}@Example.com")
    cohort = Cohort.objects.create(name="Rockets")
    save_form(staff, "accounts/cohortmembership/add/", user=ada.pk, cohort=cohort.pk, **JOINED)
    row = CohortMembership.objects.get(cohort=cohort)
    save_form(staff, f"accounts/cohortmembership/{row.pk}/change/", user=ada.pk, cohort=cohort.pk, **JOINED)
    row.delete()  # a note outlives its row
    staff.get("/admin/")
    assert sum(CANARY in f"{note.object_repr} {note.change_message}".lower() for note in LogEntry.objects.all()) == 4


def live(ada: User, algebra: Skill, at: datetime) -> Link:
    """Friends, a cohort, a past as a guest, a challenge shared, a reward, and what staff noted."""
    bo = person("Bo", at=at)
    friends.accept_friend(friendship=friends.request_friend(asker=ada, asked=bo, at=at), by=bo, at=at)
    friends.block_person(blocker=ada, blocked=person("Cy", at=at), at=at)
    cohort_of(ada, bo, at=at)
    guests.adopt_guest(guest=guest(at=at, device=CANARY), user=ada)
    grant_reward(user=ada, kind="streak_shield", amount=1, reason="Test", key="k", at=at)
    noted(ada, parent=person("Mum", age=41, role="parent", at=at), child=ada)
    return challenge_of(ada, algebra, now())


def log_in(client: Client, password: str = PASSWORD) -> Client:
    client.post("/accounts/login/", {"login": SPELT, "password": password})
    return client


def test_nothing_tells_who_an_erased_learner_was(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada = somebody(at)
    link = live(ada, algebra, at)
    here, elsewhere = log_in(browser()), log_in(browser())
    assert CANARY in everything()
    assert "This is not your password" in here.post("/settings/delete/", {"own_password": "x"}).content.decode()
    with committed():
        answer = here.post("/settings/delete/", {"own_password": PASSWORD}, follow=True)
    assert "Your account is deleted" in answer.content.decode()
    assert CANARY not in everything()
    assert {here.cookies[name].value for name in ("device", "guest")} == {""}
    assert str(ada.pk) not in {session.get_decoded().get("_auth_user_id") for session in Session.objects.all()}
    assert elsewhere.get("/practice/").status_code == 302
    assert log_in(browser()).get("/practice/").status_code == 302
    assert browser().get(f"/r/{token_for(link, 'link')}").status_code == 410


@pytest.mark.parametrize(("typed", "is_family"), [(f"{SPELT}@EXAMPLE.com", False), (f"{SPELT}@Work.example", True)])
def test_nothing_tells_who_an_erased_parent_was(at: datetime, typed: str, is_family: bool) -> None:
    ada, kid = somebody(at, age=41, role="parent"), child("Comet")
    request = consent_request(kid)
    ConsentRequest.objects.update(parent_email=typed)
    EmailAddress.objects.create(user=ada, email=same_mailbox(typed), verified=True)
    browser(ada).post(f"/consent/{consent_token(request)}/", {"kinds": ["coppa"]})
    if not is_family:  # staff took the two apart since: the address alone tells
        kid.guardians.all().delete()
    noted(ada, parent=ada, child=child("Nova"))
    erasure.erase_account(user=ada, by=ada, at=now())
    assert CANARY not in everything()


def test_totals_still_add_up_and_the_logs_keep_the_number(algebra: Skill, at: datetime) -> None:
    ada = somebody(at)
    live(ada, algebra, at)
    counted = [model._default_manager.count() for model in (User, Result, Progress, RewardEntry, Challenge, Prompt)]
    erasure.erase_account(user=ada, by=ada, at=now())
    ada.refresh_from_db()
    assert counted == [
        model._default_manager.count() for model in (User, Result, Progress, RewardEntry, Challenge, Prompt)
    ]
    assert (ada.is_active, ada.birthdate, ada.has_usable_password()) == (False, None, False)
    assert (Friendship.objects.count(), Block.objects.count(), ada.memberships.count()) == (0, 0, 0)
    erased = LoggedEvent.objects.get(type="account_erased")
    assert (erased.actor_id, erased.properties) == (ada.pk, {"by_id": ada.pk})
    assert LoggedEvent.objects.filter(type="practice_completed", actor_id=ada.pk).count() == 1


def test_sockets_end(at: datetime) -> None:
    ada = somebody(at)
    erasure.erase_account(user=ada, by=ada, at=at)
    ada.refresh_from_db()
    assert LoggedEvent.objects.filter(type="account_blocked", actor_id=ada.pk).count() == 1
    assert ada.signed_out_at == at


def test_a_parent_deletes_a_childs_account(at: datetime) -> None:
    kid = child(CANARY)
    grace = person("Grace", age=41, role="parent")
    client = browser(grace)
    client.post(f"/consent/{consent_token(consent_request(kid))}/", {"kinds": ["coppa"]})
    assert client.post(f"/family/{kid.pk}/delete/", {"own_password": PASSWORD}).status_code == 302
    client.get("/family/")  # the page that tells it has been shown
    assert CANARY not in everything()
    assert f"/family/{kid.pk}/" not in client.get("/family/").content.decode()
    assert Consent.objects.in_force().count() == 0
    assert Consent.objects.count() == 1  # the evidence stays


def test_only_the_family_deletes_a_child_and_nobody_a_grown_one(at: datetime) -> None:
    kid, grown = child("Comet"), person("Dora", age=19)
    grace, stranger = parent_of(kid, at=at), person("Dee", age=40, role="parent")
    grown.guardians.create(parent=grace, created_at=at)
    assert browser(stranger).post(f"/family/{kid.pk}/delete/", {"own_password": PASSWORD}).status_code == 404
    assert browser(grace).post(f"/family/{grown.pk}/delete/", {"own_password": PASSWORD}).status_code == 404
    with pytest.raises(ConsentRefused):
        erasure.erase_child(parent=stranger, child=kid, at=at)
    assert User.objects.filter(is_active=True).count() == 4


def test_an_erased_parent_takes_back_what_they_agreed_to(at: datetime) -> None:
    kid = child("Comet")
    grace = parent_of(kid, "Grace", at=at)
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="x", at=at)
    erasure.erase_account(user=grace, by=grace, at=now())
    assert Consent.objects.kinds_for(kid.pk) == set()
    assert Consent.objects.get().ip_hash == ""
    kid.refresh_from_db()
    assert (kid.is_active, kid.presence_visible, kid.guardians.count()) == (True, False, 0)


def test_staff_erase_in_the_admin_and_are_not_erased_by_themselves(algebra: Skill, at: datetime) -> None:
    ada = somebody(at)
    live(ada, algebra, at)
    staff = User.objects.create_superuser("root", "root@example.com", PASSWORD)
    client = browser(staff)
    give_reason(client, f"/admin/accounts/user/{ada.pk}/delete/")
    assert "Anonymous activity stays." in client.get(f"/admin/accounts/user/{ada.pk}/delete/").content.decode()
    client.post(f"/admin/accounts/user/{ada.pk}/delete/", {"post": "yes"})
    client.get("/admin/accounts/user/")  # shows, and so forgets, the message with the name
    assert CANARY not in everything()
    assert User.objects.filter(pk=ada.pk).exists()
    assert "Another member of staff" in client.post("/settings/delete/", {"own_password": PASSWORD}).content.decode()
    staff.refresh_from_db()
    assert staff.is_active


def test_a_name_and_a_mailbox_are_free_again(at: datetime) -> None:
    ada = somebody(at)
    erasure.erase_account(user=ada, by=ada, at=at)
    person(CANARY)


def test_erasing_costs_what_it_says(algebra: Skill, at: datetime) -> None:
    ada = somebody(at)
    live(ada, algebra, at)
    with counting() as captured:
        erasure.erase_account(user=ada, by=ada, at=at)
    assert len(statements(captured)) == 36 + 2
    kid = child("Comet")
    grace = parent_of(kid, at=at)
    for kind in ("coppa", "ferpa"):
        consent.give_consent(parent=grace, child=kid, kind=kind, method="email_plus", ip_hash="", at=at)
    with counting() as captured:
        erasure.erase_account(user=grace, by=grace, at=at)
    assert len(statements(captured)) <= 37 + 2 * 6


@pytest.mark.django_db(transaction=True)
def test_sessions_are_read_once_the_write_lock_is_free(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    here, others = browser(ada), browser(bo)
    with counting() as captured:
        erasure.erase_account(user=ada, by=ada, at=at)
    statements = [query["sql"] for query in captured.captured_queries]
    first_read = next(number for number, sql in enumerate(statements) if "django_session" in sql)
    control = [sql for sql in statements[:first_read] if sql.startswith(("BEGIN", "COMMIT"))]
    assert control[-1:] == ["COMMIT"]
    assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == [str(bo.pk)]
    assert here.get("/practice/").status_code == 302
    assert others.get("/practice/").status_code == 200


def test_expired_sessions_are_deleted_every_hour(at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        browser(person("Ada"))
    with time_machine.travel(at + timedelta(days=6), tick=False):
        browser(person("Bo"))
    for hours, left in ((167, 2), (169, 1), (169.5, 1)):
        with time_machine.travel(at + timedelta(hours=hours), tick=False):
            tasks.purge_personal_data()
        assert Session.objects.count() == left
    assert PeriodicRun.objects.filter(task="purge_personal_data").count() == 2


def test_every_periodic_task_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled - set(app.tasks) == set()
    assert "viral_engine.kernel.tasks.purge_personal_data" in scheduled
