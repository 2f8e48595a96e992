"""`check_invariants` finds each kind of damage, and nothing on a sound site."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.models import CharField, QuerySet
from redis import Redis

from feeds.models import ChatCounter, Message
from feeds.services.chat import post_message
from leaderboards.models import CountedResult, Standing
from loops.core.rewards.grants import grant_reward
from loops.models import Link, Payout, RewardEntry
from monitoring.growth.services import corrections, rollup
from monitoring.invariants.snapshot import read_only_snapshot
from monitoring.models import GrowthActiveDay, GrowthCount, GrowthMember, GrowthReferee, GrowthReferrer
from tests.factories import cohort_of, person, practice
from tests.monitoring.growth.factories import brings
from viral_engine.accounts.models import Erasure, User
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Delivery, LoggedEvent
from viral_engine.learning.models import Skill
from viral_engine.staff.models import AuditEntry
from viral_engine.staff.services.audit import newest_hash, record_looks

pytestmark = pytest.mark.django_db(transaction=True)
ALL = ["ledger", "reward_keys", "outbox", "chat", "standings", "audit", "growth", "presence"]


def report(*arguments: str) -> tuple[str, list[str]]:
    """The report, and the names of what is broken."""
    out = StringIO()
    try:
        call_command("check_invariants", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error).removeprefix("Broken: ").removesuffix(".").split(", ")
    return out.getvalue(), []


def count_growth(at: datetime) -> None:
    for count in (rollup.count_events, rollup.count_decisions, rollup.count_rewards, rollup.count_credits):
        while count(at=at):
            continue
    while corrections.exclude_people(at=at) + corrections.correct_events(at=at):
        continue


@pytest.fixture
def at() -> datetime:
    return now() - timedelta(minutes=5)


@pytest.fixture
def ada(algebra: Skill, at: datetime) -> User:
    """A site on which something of everything happened."""
    ada, bo = person("Ada", at=at - timedelta(days=2)), person("Bo", at=at - timedelta(days=2))
    cohort = cohort_of(ada, bo, at=at)
    for one in (ada, bo):
        practice(one, algebra, at=at)
        post_message(author=one, cohort_id=cohort.pk, text="We like fractions", key=uuid4(), at=at)
    brings(ada, "Cy", "buddy_challenge", at)
    record_looks(actor_id=bo.pk, reasons=[(ada.pk, "A parent asked"), (bo.pk, "Again")], what="user", at=at)
    count_growth(at)
    return ada


@contextmanager
def changed(rows: "QuerySet[Any]", **columns: Any) -> Iterator[None]:
    """Set columns of the first row behind every service's back, and set them back."""
    row = rows.order_by("pk").first()
    assert row is not None, rows.model
    only = rows.model._base_manager.filter(pk=row.pk)
    before = {name: getattr(row, name) for name in columns}
    assert only.update(**columns) == 1
    yield
    only.update(**before)


@contextmanager
def deleted(rows: "QuerySet[Any]") -> Iterator[None]:
    row = rows.order_by("pk").first()
    assert row is not None, rows.model
    rows.model._base_manager.filter(pk=row.pk)._raw_delete("default")  # no cascade
    yield
    rows.model._base_manager.bulk_create([row])


@contextmanager
def waiting(at: datetime, **columns: Any) -> Iterator[None]:
    """Have a delivery of an event of five minutes ago wait."""
    event = LoggedEvent.objects.filter(at=at).order_by("pk")[:1].get()
    delivery = Delivery.objects.create(event=event, listener="nobody.listens", **columns)
    yield
    delivery.delete()


def test_each_damage_is_found_and_nothing_on_a_sound_site(ada: User, at: datetime) -> None:
    text, broken = report()
    assert (broken, text.splitlines()[-1]) == ([], f"All {len(ALL)} invariants hold."), text
    link = Link.objects.filter(referrer=ada).first()
    assert link is not None
    damages = {
        "entries add up": ("ledger", changed(RewardEntry.objects.all(), left=0)),
        "nobody does": ("outbox", waiting(at)),
        "messages are missing, the first is 1": ("chat", deleted(Message.objects.filter(seq=1))),
        "the counter is at 1": ("chat", changed(ChatCounter.objects.all(), last_seq=1)),
        "the results say": ("standings", changed(Standing.objects.all(), xp=1)),
        "a place that its totals": ("standings", changed(Standing.objects.all(), xp_key=None)),
        "which has counted results": ("standings", deleted(Standing.objects.all())),
        "stored, 2 counted": ("growth", changed(GrowthCount.objects.filter(measure="active"), amount=7)),
        "none stored": ("growth", deleted(GrowthCount.objects.filter(measure="loop_exposed"))),
        "and never joined": ("growth", changed(GrowthMember.objects.filter(referrer_id=ada.pk), joined_at=None)),
        "the practice of member": ("growth", deleted(GrowthActiveDay.objects.all())),
        "referrer": ("growth", changed(GrowthReferrer.objects.all(), invites=9)),
        "referee": ("growth", changed(GrowthReferee.objects.all(), waited_s=99_999)),
    }
    for message, (name, damage) in damages.items():
        with damage:
            text, broken = report()
            assert (broken, message in text) == ([name], True), (message, text)
    assert report()[1] == []
    reward = RewardEntry.objects.order_by("pk").first()
    assert reward is not None
    Payout.objects.create(
        link=link,
        referrer=ada,
        referee=User.objects.get(first_name="Cy"),
        key="rally",
        rewards=[[ada.pk, "points", 5, "referrer"]],
        status="waiting",
        at=at,
    )
    grant_reward(user=ada, kind="points", amount=5, reason="For a friend", key="rally:referrer", at=at)
    count_growth(at)
    assert "the reward rally:referrer was granted, and its payout is waiting" in report("reward_keys")[0]


def test_an_audit_entry_that_follows_none_is_found(at: datetime) -> None:
    record_looks(actor_id=1, reasons=[(2, "A parent asked")], what="user", at=at)
    forged = {"at": at, "actor_id": 1, "person_id": 2, "what": "user", "reason": "None"}
    AuditEntry.objects.bulk_create([AuditEntry(previous_hash=newest_hash(), row_hash="f" * 64, **forged)])
    text, broken = report("audit")
    assert (broken, "audit entry" in text) == (["audit"], True)


def test_a_key_with_two_rewards_is_found_where_a_restore_left_out_the_constraint(ada: User) -> None:
    unique = RewardEntry._meta.get_field("key")
    plain = CharField(max_length=120)
    plain.set_attributes_from_name("key")
    plain.model = RewardEntry
    with connection.schema_editor() as editor:
        editor.alter_field(RewardEntry, unique, plain)
    try:
        reward = RewardEntry.objects.order_by("pk").first()
        assert reward is not None
        key, reward.pk = reward.key, None
        RewardEntry.objects.bulk_create([reward])
        assert f"2 entries have the key {key}" in report("reward_keys")[0]
    finally:
        RewardEntry.objects.order_by("-pk")[:1].get().delete()
        with connection.schema_editor() as editor:
            editor.alter_field(RewardEntry, plain, unique)


def test_explained_findings_break_nothing(ada: User, at: datetime) -> None:
    """Dead letters wait for staff, a failed delivery for its next attempt, and a deleted account leaves a gap."""
    with waiting(at, dead_lettered_at=at):
        text, broken = report("outbox")
        assert (broken, "explained: kernel.Delivery: 1 are dead letters" in text) == ([], True)
    with waiting(at, leased_until=now() + timedelta(minutes=1), last_error="Away"):
        text, broken = report("outbox")
        assert (broken, "1 failed and wait" in text) == ([], True)
    erase_account(user=ada, by=ada, at=now())
    assert Erasure.objects.exists()
    count_growth(now())
    text, broken = report()
    assert (broken, "chats were purged or accounts deleted" in text) == ([], True), text


def test_events_that_wait_to_be_counted_are_no_difference(ada: User, algebra: Skill) -> None:
    practice(ada, algebra, at=now())
    late = LoggedEvent.objects.filter(type="practice_completed").order_by("pk").first()
    assert late is not None
    LoggedEvent.objects.filter(pk=late.pk).update(is_invalid=True)  # and not subtracted yet
    text, broken = report("growth")
    assert broken == [], text


def test_the_check_cannot_write_and_an_unreadable_invariant_hides_no_other(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AnyDatabaseError), read_only_snapshot():
        CountedResult.objects.all().delete()
    assert CountedResult.objects.exists()
    monkeypatch.setattr("monitoring.invariants.chat.has_purged", lambda _: 1 / 0)
    text, broken = report()
    assert (broken, "cannot be checked: ZeroDivisionError" in text) == (["chat"], True)


def test_an_unknown_name_is_refused() -> None:
    assert "No invariant is called moon" in report("moon")[1][0]


@pytest.mark.services
def test_ghosts_lists_and_lost_sockets_are_found() -> None:
    topic = "presence:{subject:moon}"
    with Redis.from_url(settings.REDIS_URLS["realtime"]) as redis:
        redis.flushdb()
        redis.set("presence:lease:b0", 1)
        redis.hset(f"{topic}:entries", "b0/1", '["42", {}]')
        redis.hset(f"{topic}:people", "42", '["b0/1"]')
        assert report("presence", "--sockets", "1")[1] == []
        assert "1 sockets are present, and 2 are open" in report("presence", "--sockets", "2")[0]
        redis.hset(f"{topic}:entries", "b9/1", '["42", {}]')
        text, broken = report("presence", "--sockets", "1")
        assert (broken, "b9/1 is present, and its process is dead" in text) == (["presence"], True)
        assert "person 42 has 2 entries, and 1 are listed" in text
        redis.flushdb()
