"""Rows older than the published table are gone; rows that a count still needs stay."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.db.models.signals import pre_delete
from pytest_django import DjangoAssertNumQueries

from feeds.models import Activity, Message, Reaction
from feeds.services import chat
from loops.core.growth_emails import EmailDraft, queue_emails
from loops.models import Credit, Prompt, Referral, Touch
from loops.proud_parent.models import Recap, RecapShare
from monitoring.alerts import rules as alert_rules
from monitoring.growth.services import rollup
from monitoring.metrics import exposition
from monitoring.models import GrowthCount
from tests.experiments.trials import draft, started
from tests.factories import (
    browser,
    challenge_of,
    child,
    cohort_of,
    guest,
    link_of,
    parent_of,
    person,
    sign_up_from,
    touch,
)
from tests.steps.privacy import shared_reel
from tests.steps.retention import purge
from viral_engine.accounts import tasks as account_tasks
from viral_engine.accounts.models import Guest, InactivityNotice, User
from viral_engine.kernel import tasks
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent, PeriodicRun, RetentionState
from viral_engine.kernel.privacy import purging
from viral_engine.kernel.privacy.purging import timed_classes
from viral_engine.kernel.privacy.retention import RETENTION, OldestRow
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def log(kind: str, at: datetime, **fields: object) -> LoggedEvent:
    return LoggedEvent.objects.create(type=kind, at=at, **fields)


def count_all(at: datetime) -> None:
    """Let the growth counts read both logs to their ends."""
    while rollup.count_events(at=at) or rollup.count_decisions(at=at):
        continue


# -- The table ---------------------------------------------------------------------------------------------------
def test_the_table_has_the_periods_of_the_policy() -> None:
    assert {kind.key: kind.kept_for for kind in timed_classes()} == {
        "unconsented": "7 days",
        "inactive": "1 year",
        "sessions": "7 days",
        "addresses": "30 days",
        "guests": "90 days",
        "chat": "30 days",
        "activities": "180 days",
        "transcripts": "90 days",
        "summaries": "120 days",
        "rights": "1 day",
        "events": "90 days",
        "decisions": "90 days",
        "touches": "90 days",
        "offers": "90 days",
        "notices": "30 days",
        "mail": "7 days",
        "bookings": "90 days",
        "recaps": "1 year",
        "idempotency": "7 days",
        "operations": "90 days",
        "audit": "2 years",
    }


def test_every_timed_class_has_a_table_that_is_purged() -> None:
    assert [kind.key for kind in timed_classes() if not purging._timed(kind)] == []


@pytest.mark.parametrize("path", ["/privacy/", "/privacy/retention/"])
def test_the_published_page_is_the_table(path: str) -> None:
    page = browser().get(path).content.decode()
    for kind in RETENTION.values():
        assert f'<th scope="row">{kind.title.replace(chr(39), "&#x27;")}</th>' in page
        assert f'<td data-label="How long">{kind.kept_for[0].upper()}{kind.kept_for[1:]}</td>' in page
    assert page.count(">90 days</td>") == sum(kind.kept_for == "90 days" for kind in RETENTION.values())


# -- The logs ----------------------------------------------------------------------------------------------------
def test_events_end_after_90_days_once_they_are_counted() -> None:
    old, young = log("practice_started", START, actor_id=1), log("practice_started", START + DAY, actor_id=1)
    later = START + 90 * DAY + timedelta(hours=1)
    assert purge("events", later) == 0  # the dashboards have not counted it
    count_all(later)
    before = list(GrowthCount.objects.order_by("pk").values_list("measure", "on", "amount"))
    assert purge("events", later) == 1
    assert list(LoggedEvent.objects.values_list("pk", flat=True)) == [young.pk]
    count_all(later)
    assert list(GrowthCount.objects.order_by("pk").values_list("measure", "on", "amount")) == before
    assert old.pk < young.pk


def test_events_of_the_k_factor_stay() -> None:
    for kind in ("account_created", "signup_attributed", "loop_exposed", "invite_sent", "fvm_reached", "challenge_won"):
        log(kind, START, actor_id=None, guest_id=str(uuid4()), properties={"referrer_id": 1, "loop": "x", "role": "x"})
    rollup.count_events(at=START + 91 * DAY)
    assert purge("events", START + 91 * DAY) == 0
    assert LoggedEvent.objects.count() == 6


def test_an_event_on_its_way_to_a_listener_stays() -> None:
    event = log("practice_started", START, actor_id=1)
    Delivery.objects.create(event=event, listener="x")
    count_all(START + 91 * DAY)
    assert purge("events", START + 91 * DAY) == 0
    Delivery.objects.update(processed_at=START)
    assert purge("events", START + 91 * DAY) == 1


def test_events_that_a_running_experiment_measures_stay(at: datetime) -> None:
    started(draft(), at)
    log("practice_started", at - DAY, actor_id=1)
    kept = log("practice_started", at + DAY, actor_id=1)
    count_all(at + 120 * DAY)
    purge("events", at + 120 * DAY)
    assert list(LoggedEvent.objects.filter(type="practice_started")) == [kept]


def test_a_rebuild_that_would_lose_purged_events_is_refused() -> None:
    log("practice_started", START, actor_id=1)
    count_all(START)
    with time_machine.travel(START + 91 * DAY, tick=False):
        assert tasks.purge_personal_data() >= 1
    with pytest.raises(CommandError, match="would lose their counts"):
        call_command("rebuild_growth")


def test_decisions_and_deliveries_end() -> None:
    Decision.objects.create(agent="orchestrator", type="x", outcome="none", rationale="", decided_at=START)
    event = log("account_created", START, actor_id=1, properties={"role": "student"})
    Delivery.objects.create(event=event, listener="done", processed_at=START)
    Delivery.objects.create(event=event, listener="failed", dead_lettered_at=START)
    PeriodicRun.objects.create(task="x", slot=START)
    assert (purge("idempotency", START + 7 * DAY), purge("idempotency", START + 8 * DAY)) == (0, 2)
    assert Delivery.objects.get().listener == "failed"
    count_all(START + 91 * DAY)
    assert (purge("decisions", START + 89 * DAY), purge("decisions", START + 91 * DAY)) == (0, 1)


# -- Links and people --------------------------------------------------------------------------------------------
def test_clicks_end_except_those_that_were_credited(at: datetime, catalogue: None) -> None:
    link, bo, cy = link_of(person("Ada", at=at), at), guest(at=at), guest(at=at)
    touch(link, bo, at)
    touch(link, cy, at)
    sign_up_from("Bo", bo, at + timedelta(hours=1))
    assert (Referral.objects.count(), Credit.objects.exists()) == (1, True)
    assert purge("touches", at + 91 * DAY) == 1
    assert Touch.objects.get().visitor == str(bo.pk)


def test_offers_end_except_the_first_that_a_person_saw_of_a_loop(at: datetime, algebra: Skill) -> None:
    link = challenge_of(person("Ada", at=at), algebra, at)
    first, *_ = [
        Prompt.objects.create(
            user=link.referrer,
            loop=link.loop,
            link=link,
            rationale="x",
            offered_at=when,
            offered_on=when.date(),
            ordinal=1,
            shown_at=when if is_shown else None,
        )
        for when, is_shown in ((at, True), (at + DAY, True), (at + 2 * DAY, False))
    ]
    assert purge("offers", at + 100 * DAY) == 2
    assert Prompt.objects.get() == first


def test_addresses_and_traces_of_visitors_end(at: datetime) -> None:
    ada, bo = person("Ada", at=at, signup_ip_hash="x"), person("Bo", at=at + DAY, signup_ip_hash="x")
    visitor = guest(at=at, device="x")
    Guest.objects.update(ip_hash="x")
    assert purge("addresses", at + 30 * DAY + timedelta(hours=1)) == 2
    for one, kept in ((ada, ""), (bo, "x")):
        one.refresh_from_db()
        assert one.signup_ip_hash == kept
    assert purge("guests", at + 91 * DAY) == 1
    visitor.refresh_from_db()
    assert (visitor.device, visitor.ip_hash) == ("", "")


def test_chat_feed_and_mails_end(at: datetime, algebra: Skill) -> None:
    ada = person("Ada", at=at)
    cohort = cohort_of(ada, at=at)
    chat.post_message(author=ada, cohort_id=cohort.pk, text="Hello", key=uuid4(), at=at)
    activity = Activity.objects.create(actor=ada, kind="practice_completed", skill=algebra, source="x", at=at)
    Reaction.objects.create(activity=activity, user=ada, kind="like", at=at + DAY)
    queue_emails([EmailDraft(recipient=ada, kind="recap", key="k", subject="s", text="t", html="h")], at=at)
    assert [purge("chat", at + days * DAY) for days in (30, 31)] == [0, 1]
    assert [purge("notices", at + days * DAY) for days in (30, 31)] == [0, 1]
    assert [purge("activities", at + days * DAY) for days in (180, 181)] == [0, 1]
    assert (Message.objects.count(), Activity.objects.count(), Reaction.objects.count()) == (0, 0, 0)


def test_recaps_end_after_a_year_and_a_shared_one_keeps_its_link(at: datetime, algebra: Skill) -> None:
    ada, dee = person("Ada", at=at), person("Dee", age=40, role="parent", at=at)
    shared = shared_reel(ada, dee, at).share.recap
    Recap.objects.filter(pk=shared.pk).update(best_name="Algebra", best_score=90, skills=[{"name": "Algebra"}])
    values = Recap.objects.filter(pk=shared.pk).values().get() | {"week": 11}
    Recap.objects.create(**{name: value for name, value in values.items() if name != "id"})
    assert [purge("recaps", at + days * DAY) for days in (364, 366, 366)] == [0, 2, 0]
    kept = Recap.objects.get()
    assert (kept.pk, kept.best_name, kept.best_score, kept.skills) == (shared.pk, "", None, [])
    page = browser(dee).get(f"/loops/share/{RecapShare.objects.get().link.code}/")
    assert page.status_code == 200


def test_a_purge_goes_in_batches(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Decision.objects.bulk_create(
        Decision(agent="x", type="x", outcome="none", rationale="", decided_at=START) for _ in range(25)
    )
    while rollup.count_decisions(at=START):
        continue
    monkeypatch.setattr(purging, "BATCH", 10)
    with django_assert_max_num_queries(3 * 7):
        assert purge("decisions", START + 91 * DAY) == 25


# -- Children who are away ----------------------------------------------------------------------------------------
@pytest.fixture
def comet(at: datetime) -> User:
    kid = child("Comet", at=at, last_login=at)
    parent_of(kid, at=at)
    return kid


def warn(at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        return account_tasks.warn_of_unused_accounts()


def test_an_unused_childs_account_ends_after_a_year_and_a_notice(at: datetime, comet: User) -> None:
    assert [warn(at + days * DAY) for days in (334, 336, 337)] == [0, 1, 0]
    [letter] = mail.outbox
    assert letter.to == ["grace@example.com"]
    assert "7 March 2027" not in letter.body
    assert "5 March 2027" in letter.body
    assert "/family/" in letter.body
    assert [purge("inactive", at + days * DAY) for days in (364, 365, 367)] == [0, 0, 1]
    comet.refresh_from_db()
    assert (comet.is_active, comet.username == "comet") == (False, False)


def test_a_late_notice_gives_the_parent_the_whole_month(at: datetime, comet: User) -> None:
    assert warn(at + 400 * DAY) == 1
    assert [purge("inactive", at + days * DAY) for days in (400, 429, 431)] == [0, 0, 1]


def test_a_child_who_comes_back_keeps_the_account(at: datetime, comet: User) -> None:
    assert warn(at + 336 * DAY) == 1
    User.objects.filter(pk=comet.pk).update(last_login=at + 350 * DAY)
    assert purge("inactive", at + 370 * DAY) == 0
    assert warn(at + 371 * DAY) == 0
    assert not InactivityNotice.objects.exists()
    assert warn(at + (350 + 336) * DAY) == 1


def test_a_teenager_and_an_adult_stay(at: datetime) -> None:
    for name, age in (("Ada", 15), ("Dee", 40)):
        person(name, age=age, at=at, last_login=at)
    assert warn(at + 500 * DAY) == 0
    assert purge("inactive", at + 500 * DAY) == 0


# -- Metric and alert ---------------------------------------------------------------------------------------------
def test_the_oldest_row_of_each_class_is_a_metric(at: datetime) -> None:
    Decision.objects.create(agent="x", type="x", outcome="none", rationale="", decided_at=at)
    with time_machine.travel(at + 10 * DAY, tick=False):
        tasks.purge_personal_data()
    assert RetentionState.objects.count() == len(timed_classes())
    # A decision that no dashboard has counted is held back, and so no purge will reach it.
    assert seconds("period", at + 11 * DAY) == 90 * 86400
    assert seconds("oldest", at + 11 * DAY) == 0
    count_all(at)
    with time_machine.travel(at + 10 * DAY + timedelta(hours=2), tick=False):
        tasks.purge_personal_data()
    assert seconds("oldest", at + 11 * DAY) == 11 * 86400


def seconds(name: str, at: datetime) -> float:
    """The metric of the class of decisions."""
    found = re.search(rf'site_retention_{name}_seconds{{class="decisions"}} (\S+)', exposition(at).decode())
    assert found is not None
    return float(found[1])


def test_a_class_that_is_overdue_raises_an_alert(at: datetime) -> None:
    def firing(oldest_at: datetime | None) -> bool | None:
        return alert_rules.retention([OldestRow(RETENTION["chat"], oldest_at)], at).firing

    assert firing(at - 31 * DAY) is False
    assert firing(at - 33 * DAY) is True
    assert firing(None) is False
    assert alert_rules.retention([], at).firing is None
    finding = alert_rules.retention([OldestRow(RETENTION["chat"], at - 33 * DAY)], at)
    assert finding.detail == "Kept too long: Messages in cohort rooms."


def test_one_table_that_fails_stops_no_other(at: datetime, caplog: pytest.LogCaptureFixture) -> None:
    def fails(**_: object) -> None:
        raise OperationalError("the disk is full")

    ada = person("Ada", at=at)
    chat.post_message(author=ada, cohort_id=cohort_of(ada, at=at).pk, text="Hello", key=uuid4(), at=at)
    decided = Decision.objects.create(agent="x", type="x", outcome="none", rationale="", decided_at=at)
    count_all(at)
    pre_delete.connect(fails, sender=Message)
    try:
        with time_machine.travel(at + 91 * DAY, tick=False):
            tasks.purge_personal_data()
            assert tasks.purge_personal_data() == 0  # the slot is taken
    finally:
        pre_delete.disconnect(fails, sender=Message)
    assert "feeds.message is not purged" in caplog.text
    assert Message.objects.count() == 1
    assert not Decision.objects.filter(pk=decided.pk).exists()
