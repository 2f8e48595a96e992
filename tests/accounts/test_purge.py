"""Whom the week without a parent's answer ends for, and whom it must not touch."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Event
from time import sleep

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.db.models.signals import pre_delete

from loops.models import Referral
from tests.factories import browser, child, guest, link_of, parent_of, sign_up_from, touch
from tests.steps.sign_up import KID
from viral_engine.accounts import services
from viral_engine.accounts.models import ConsentRequest, User

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
PASSWORD = "correct-horse-9"


def waiting(name: str, at: datetime) -> User:
    kid = child(name, at=at)
    ConsentRequest.objects.create(child=kid, parent_email="G@example.com", created_at=at, expires_at=at + WEEK)
    return kid


def sign_up_born(born: date, at: datetime) -> User:
    with time_machine.travel(at, tick=False):
        client = browser()
        client.post("/signup/", {"month": born.month, "day": born.day, "year": born.year})
        client.post("/signup/details/", KID)
    return User.objects.get(username="comet")


@pytest.mark.parametrize(("turns_13_after", "stays"), [(3, True), (7, True), (8, False)])
def test_who_turned_13_while_waiting_stays_and_the_parents_address_goes(
    at: datetime, turns_13_after: int, *, stays: bool
) -> None:
    birthday = (at + timedelta(days=turns_13_after)).date()
    kid = sign_up_born(birthday.replace(year=birthday.year - 13), at)
    assert ConsentRequest.objects.filter(child=kid).exists()
    assert services.purge_unconsented(at=at + WEEK) == (not stays)
    assert User.objects.filter(pk=kid.pk).exists() is stays
    assert ConsentRequest.objects.count() == 0


def test_a_parent_who_agrees_after_the_week_but_before_the_purge_keeps_the_child(at: datetime) -> None:
    kid = waiting("Comet", at)
    grace = parent_of(kid, at=at)  # made by staff
    late = at + WEEK + timedelta(minutes=5)
    with time_machine.travel(late, tick=False):
        answer = browser(grace).post(f"/family/{kid.pk}/agree/", {"kinds": ["coppa"], "own_password": PASSWORD})
    assert answer.status_code == 302
    kid.consent_request.refresh_from_db()
    assert kid.consent_request.answered_at == late
    assert services.purge_unconsented(at=late + timedelta(hours=1)) == 0
    services.withdraw_consent(parent=grace, child=kid, kind="coppa", at=late + timedelta(hours=2))
    assert services.purge_unconsented(at=late + timedelta(hours=3)) == 0  # answered is answered
    assert User.objects.filter(pk=kid.pk).exists()


def test_a_consent_in_force_is_enough_whatever_the_request_says(at: datetime) -> None:
    kid = waiting("Comet", at)
    services.give_consent(parent=parent_of(kid, at=at), child=kid, kind="coppa", method="x", ip_hash="", at=at)
    ConsentRequest.objects.update(answered_at=None)
    assert services.purge_unconsented(at=at + WEEK) == 0
    assert User.objects.filter(pk=kid.pk).exists()


@pytest.mark.usefixtures("catalogue")
def test_who_brought_somebody_is_erased_and_holds_up_nobody(at: datetime) -> None:
    recruiter, other = waiting("Comet", at), waiting("Nova", at)
    visitor = guest(at=at)
    touch(link_of(recruiter, at), visitor, at)
    sign_up_from("Bo", visitor, at)
    assert Referral.objects.get().referrer == recruiter
    assert services.purge_unconsented(at=at + WEEK) == 2
    assert services.purge_unconsented(at=at + WEEK + timedelta(hours=1)) == 0
    assert not User.objects.filter(pk=other.pk).exists()
    recruiter.refresh_from_db()
    assert (recruiter.is_active, recruiter.birthdate, "comet" in recruiter.username) == (False, None, False)
    assert Referral.objects.get().referee.username == "bo"


def test_a_failure_is_logged_and_the_next_one_tried(at: datetime, caplog: pytest.LogCaptureFixture) -> None:
    first, second = waiting("Comet", at), waiting("Nova", at)

    def fails(instance: User, **_: object) -> None:
        if instance.pk == first.pk:
            raise OperationalError("the lock was not to be had")

    pre_delete.connect(fails, sender=User)
    try:
        assert services.purge_unconsented(at=at + WEEK) == 1
    finally:
        pre_delete.disconnect(fails, sender=User)
    assert list(User.objects.values_list("pk", flat=True)) == [first.pk]
    assert f"child {first.pk} not purged" in caplog.text
    assert services.purge_unconsented(at=at + WEEK + timedelta(hours=1)) == 1
    assert not User.objects.filter(pk=second.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_consent_being_written_while_the_purge_comes_is_waited_for(
    at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    kid = waiting("Comet", at)
    grace, late = parent_of(kid, at=at), at + WEEK + timedelta(minutes=5)
    written = Event()

    def agree() -> None:
        with transaction.atomic():
            services.give_consent(parent=grace, child=kid, kind="coppa", method="x", ip_hash="", at=late)
            written.set()
            sleep(0.5)
        connection.close()

    with ThreadPoolExecutor(1) as parents:
        agreed = parents.submit(agree)
        assert written.wait(5)
        assert services.purge_unconsented(at=late) == 0
        agreed.result(5)
    assert "not purged" not in caplog.text
    kid.consent_request.refresh_from_db()
    assert (kid.consent_request.answered_at, User.objects.filter(pk=kid.pk).exists()) == (late, True)
