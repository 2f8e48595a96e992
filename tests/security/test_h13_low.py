"""Hole 13: what was left: cached names, the age cookie, long passwords, mails to a stranger, free text of minors."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from pytest_django import Settings

from loops.tutor_spotlight.forms import BookingForm
from presence.subject_cache import SubjectCache
from tests.factories import browser, child, cohort_of, person, practice
from tests.sockets import in_thread
from tests.steps.sign_up import LEARNER
from viral_engine.accounts import tasks
from viral_engine.accounts.models import ConsentRequest, User
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.clock import now
from viral_engine.kernel.leases import TryLater
from viral_engine.learning.models import Skill, Subject

pytestmark = pytest.mark.django_db


# -- A list in a process's cache -----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
async def test_a_cached_list_forgets_a_person_at_once(algebra: Skill) -> None:
    def classmates() -> tuple[User, int]:
        ada, at = person("Ada"), now()
        practice(ada, algebra, at=at - timedelta(minutes=5))
        return ada, cohort_of(ada, at=at).pk

    ada, cohort_id = await in_thread(classmates)
    cache = SubjectCache()

    async def names() -> list[str]:
        return [one["user_name"] for one in await cache.cohort_activity(cohort_id, "math", hidden=frozenset())]

    assert await names() == ["Ada"]
    await in_thread(lambda: User.objects.filter(pk=ada.pk).update(feed_visible=False))
    assert await names() == ["Ada"]  # nobody said that a right changed
    cache.forget_people([ada.pk])
    assert await names() == []


@pytest.mark.django_db(transaction=True)
async def test_a_read_that_began_before_a_withdrawal_is_not_kept(algebra: Skill) -> None:
    cache, is_read, go_on = SubjectCache(), asyncio.Event(), asyncio.Event()
    answers: list[list[dict[str, Any]]] = [[{"user_id": 7}], []]

    async def slow(_: object) -> list[dict[str, Any]]:
        is_read.set()
        await go_on.wait()
        return answers.pop(0)

    with patch("presence.subject_cache.run_in_db_thread", slow):
        reading = asyncio.create_task(cache.cohort_activity(1, "math", hidden=frozenset()))
        await is_read.wait()
        cache.forget_people([7])
        go_on.set()
        assert await reading == []


# -- Cookies -------------------------------------------------------------------------------------------------------
def test_the_age_cookie_is_secure_in_production(settings: Settings) -> None:
    settings.PRODUCTION = True
    client = browser()
    cookie = client.post("/signup/", {"month": "5", "day": "4", "year": "2010"}).cookies["birthdate"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


# -- Long passwords ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("length", [129, 4096, 1_000_000])
def test_a_long_password_is_refused_before_it_is_hashed(length: int) -> None:
    root = User.objects.create_superuser("root", "root@example.com", "correct-horse-9")
    bo, long = person("Bo"), "x1" * (length // 2) + "y" * (length % 2)
    new = browser()
    new.post("/signup/", {"month": "5", "day": "4", "year": "2010"})
    at_bo, at_root = browser(bo), browser(root)
    with patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode) as encode:
        browser().post("/accounts/login/", {"login": "bo", "password": long})
        browser().post("/admin/login/", {"username": "bo", "password": long})
        new.post("/signup/details/", LEARNER | {"username": "cy", "email": "cy@example.com", "password": long})
        at_bo.post("/accounts/reauthenticate/", {"password": long})
        at_bo.post("/settings/delete/", {"own_password": long})
        twice = {"password1": long, "password2": long}
        at_bo.post("/accounts/password/change/", {"oldpassword": long} | twice)
        at_root.post(f"/admin/accounts/user/{bo.pk}/password/", twice | {"usable_password": "true"})
    hashed = [call.args[1] for call in encode.call_args_list]
    assert [len(text) for text in hashed if len(text) > 128] == []
    bo.refresh_from_db()
    assert bo.check_password("correct-horse-9")


# -- Mails to a mailbox that a child, or a bully, named ---------------------------------------------------------------
def ask(name: str, address: str) -> ConsentRequest:
    at = now()
    return ConsentRequest.objects.create(
        child=child(name), parent_email=address, created_at=at, expires_at=at + timedelta(days=7)
    )


def test_a_mailbox_gets_three_requests_a_day_however_it_is_spelled() -> None:
    spellings = [
        "grace@example.com",
        "grace+1@example.com",
        "g.race@example.com",
        "GRACE@example.com",
        "grace+x@example.com",
    ]
    with time_machine.travel("2026-03-04 10:00", tick=False) as clock:
        for number, address in enumerate(spellings):
            ask(f"kid{number}", address)
        ask("other", "dee@example.com")
        assert tasks.mail_parents() == 4
        clock.shift(timedelta(hours=2))
        assert tasks.mail_parents() == 0
        clock.shift(timedelta(days=1))
        assert tasks.mail_parents() == 2


def test_deleted_accounts_buy_no_more_mails() -> None:
    with time_machine.travel("2026-03-04 10:00", tick=False):
        for number in range(5):
            kid = ask(f"kid{number}", "grace@example.com").child
            tasks.mail_parents()
            erase_account(user=kid, by=kid, at=now())
    assert len(mail.outbox) == 3


def test_a_mail_server_that_is_away_uses_up_no_mail() -> None:
    with time_machine.travel("2026-03-04 10:00", tick=False) as clock:
        ask("kid", "grace@example.com")
        for _ in range(5):
            with patch("viral_engine.accounts.tasks.send_consent_request", side_effect=TryLater("refused")):
                assert tasks.mail_parents() == 0
            clock.shift(timedelta(minutes=61))
        assert tasks.mail_parents() == 1


# -- Free text of minors to tutors -----------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["call me: 555 010 4477", "ig: comet.kid", "write to kid [at] gmail [dot] com"])
@pytest.mark.parametrize("name", ["suits", "note"])
def test_a_booking_carries_no_way_to_be_reached(name: str, text: str, math: Subject) -> None:
    answers = {"name": "Bo", "email": "bo@example.com", "subject": str(math.pk), "suits": "Tuesdays", "note": ""}
    form = BookingForm(
        answers | {name: text, "key": "0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11"}, subjects=[math], is_guest=False
    )
    assert not form.is_valid()
    assert name in form.errors
