"""A person who asks to be forgotten is gone from tables, media, caches, queues, sessions and sockets.

Also after a restore of a backup; the job survives a crash between any two steps, and the sums still add up.
"""

import sqlite3
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Sum
from pytest_django import Settings

from feeds.models import Message
from loops.core.links import token_for
from loops.core.rewards.grants import grant_reward
from loops.models import GrowthEmail, Link, RewardEntry
from loops.proud_parent.models import RecapReel
from tests.factories import browser, challenge_of, person
from tests.sockets import connected, in_thread, serving_in_process
from tests.steps.privacy import CANARY, canary_person, everything_stored, lead_a_life
from viral_engine.accounts import tasks
from viral_engine.accounts.models import Erasure, User
from viral_engine.accounts.services import deletion_log, erasure
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Delivery, LoggedEvent
from viral_engine.kernel.privacy import erasing
from viral_engine.kernel.privacy.policies import DataPolicy, PersonIds
from viral_engine.learning.models import Result, Skill, TutoringSession

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(algebra: Skill) -> User:
    """Ada with a life, a shared challenge whose card is drawn, and a reward."""
    at = now() - timedelta(days=1)
    ada = canary_person(at)
    lead_a_life(ada, algebra.subject, at)
    link = challenge_of(ada, algebra, now() - timedelta(hours=1))
    assert browser().get(f"/cards/{token_for(link, 'card')}.png").status_code == 200
    grant_reward(user=ada, kind="streak_shield", amount=2, reason="Test", key="k", at=at)
    assert CANARY in everything_stored()
    return ada


def test_no_table_cache_queue_or_session_knows_her(ada: User) -> None:
    here = browser(ada)
    here.get("/settings/")
    link = Link.objects.filter(referrer=ada).latest("pk")
    erasure.erase_account(user=ada, by=ada, at=now())
    assert CANARY not in everything_stored()
    assert here.get("/settings/").status_code == 302
    assert browser().get(f"/cards/{token_for(link, 'card')}.png").status_code == 410
    assert (Message.objects.count(), GrowthEmail.objects.count(), RecapReel.objects.count()) == (0, 0, 0)
    assert not Delivery.objects.filter(processed_at=None).exists()


def test_totals_still_add_up(ada: User) -> None:
    def sums() -> list[Any]:
        owned = RewardEntry.objects.aggregate(Sum("amount"), Sum("left"))
        return [User.objects.count(), Result.objects.count(), TutoringSession.objects.count(), *owned.values()]

    before = sums()
    erasure.erase_account(user=ada, by=ada, at=now())
    assert sums() == before
    assert LoggedEvent.objects.filter(type="practice_completed", actor_id=ada.pk).count() == 1


def test_sockets_end_and_their_tickets_are_void(ada: User) -> None:
    erasure.erase_account(user=ada, by=ada, at=now())
    ada.refresh_from_db()
    assert LoggedEvent.objects.filter(type="account_blocked", actor_id=ada.pk).count() == 1
    assert ada.signed_out_at is not None
    assert not ada.is_active


async def test_an_open_socket_ends_at_once() -> None:
    ada = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server, connected(server, ada) as [client]:
        await client.join(f"user:{ada.pk}")
        await in_thread(lambda: erasure.erase_account(user=ada, by=ada, at=now()))
        assert await client.closed_with() is not None
        assert not server.node.sockets


# -- A crash between two steps ---------------------------------------------------------------------------------
class Killed(BaseException):
    """The process ends here: nothing after it runs, not even an `except Exception`."""


@pytest.mark.parametrize("survived", [0, 1, 4, 9])
def test_a_killed_job_continues_where_it_was(ada: User, monkeypatch: pytest.MonkeyPatch, survived: int) -> None:
    done = list[str]()

    def erase_rows(policy: DataPolicy, person: PersonIds, at: datetime) -> None:
        if policy.model._meta.app_label not in erasure.OWN_APPS:
            if len(done) == survived:
                raise Killed
            done.append(policy.name)
        erasing.erase_rows(policy, person, at)

    with monkeypatch.context() as patched:
        patched.setattr("viral_engine.accounts.services.erasure.erase_rows", erase_rows)
        with pytest.raises(Killed):
            erasure.erase_account(user=ada, by=ada, at=now())
    left = Erasure.objects.get()
    assert (left.finished_at, left.steps[2:]) == (None, done)
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):  # the lease of the dead process has ended
        assert tasks.continue_erasures() == 1
    left.refresh_from_db()
    assert left.finished_at is not None
    assert len(left.steps) == len(set(left.steps))
    assert CANARY not in everything_stored()


def test_erasing_twice_changes_nothing_more(ada: User) -> None:
    for _ in range(2):
        erasure.erase_account(user=ada, by=ada, at=now())
    assert Erasure.objects.get().finished_at is not None
    assert LoggedEvent.objects.filter(type="account_erased").count() == 1
    assert tasks.continue_erasures() == 0


# -- Backups ----------------------------------------------------------------------------------------------------
@pytest.fixture
def log(settings: Settings, tmp_path: Path) -> Path:
    settings.DELETION_LOG = str(tmp_path / "deletions.log")
    return tmp_path / "deletions.log"


def copy_database(path: Path) -> None:
    """Back the database up, as `sqlite3 .backup` does."""
    connection.ensure_connection()
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
    copy.close()


def restore_database(path: Path) -> None:
    with sqlite3.connect(path) as copy:
        copy.backup(connection.connection)
    copy.close()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="copies a SQLite file")
def test_a_restored_backup_forgets_again(ada: User, log: Path, tmp_path: Path) -> None:
    copy_database(tmp_path / "backup.sqlite3")
    erasure.erase_account(user=ada, by=ada, at=now())
    restore_database(tmp_path / "backup.sqlite3")
    assert CANARY in everything_stored()
    assert Erasure.objects.count() == 0
    out = StringIO()
    call_command("forget_again", stdout=out)
    assert out.getvalue() == "Erased 1 accounts again; 0 entries name an account that is not there.\n"
    assert CANARY not in everything_stored()
    assert CANARY not in log.read_text()


def test_the_log_finds_nobody_else_under_a_number_that_was_given_again(ada: User, log: Path) -> None:
    entry = deletion_log.DeletionEntry(ada.pk, deletion_log.person_hash("another person"), now())
    deletion_log.append_entry(entry)
    gone = deletion_log.DeletionEntry(10**9, deletion_log.person_hash("nobody"), now())
    deletion_log.append_entry(gone)
    assert erasure.forget_again(logs=[log], at=now()) == (0, 2)
    ada.refresh_from_db()
    assert ada.is_active


def test_a_missing_log_is_an_error(tmp_path: Path, log: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        call_command("forget_again", str(tmp_path / "no.log"))


def test_a_log_that_cannot_be_written_is_tried_again(ada: User, log: Path) -> None:
    log.mkdir()  # opening it fails
    erasure.erase_account(user=ada, by=ada, at=now())
    assert Erasure.objects.get().steps == []
    log.rmdir()
    with time_machine.travel(now() + timedelta(minutes=3), tick=False):
        assert tasks.continue_erasures() == 1
    assert f'"user_id": {ada.pk}' in log.read_text()
