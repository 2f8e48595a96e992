"""The weekly report: made once a week by any process, and sent once to each mailbox."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from pytest_django import Settings

from monitoring.growth import tasks
from monitoring.growth.emails import send_report
from monitoring.growth.services import reports, rollup
from monitoring.models import GrowthReport, GrowthReportEmail, GrowthReportSubscriber, StreamCursor
from tests.factories import Committed, browser, counting, person, statements
from tests.monitoring.growth.factories import (
    clicked,
    exposed,
    first_value,
    invited,
    link_of,
    member,
    practiced,
    signed_up,
)
from viral_engine.accounts.models import User
from viral_engine.accounts.services.erasure import erase_account

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)


@pytest.fixture
def week(settings: Settings) -> None:
    """Ada practiced on Tuesday and Thursday; Eve, whom she brought 20 days ago, signed up on Wednesday."""
    settings.GROWTH_REPORT_TO = ["growth@example.com"]
    tuesday = MONDAY - timedelta(days=6)
    ada = member("Ada", MONDAY - timedelta(days=40))
    shown = MONDAY - timedelta(days=18)
    exposed(ada, shown)
    invited(ada, shown)
    link = link_of(ada, at=shown)
    guest = clicked(link, shown)
    first_value(link, guest, shown + timedelta(minutes=1))
    practiced(ada, tuesday)
    practiced(ada, tuesday + timedelta(days=2))
    signed_up(guest, "Eve", tuesday + timedelta(days=1), link=link)
    rollup.count_events(at=MONDAY)


def reader(name: str = "Gil") -> None:
    gil = person(name, is_staff=True)
    reports.set_subscription(user=gil, wants=True, at=MONDAY)


def test_a_report_tells_the_week_that_ended(week: None) -> None:
    [report] = reports.make_reports(at=MONDAY)
    assert (report.week, str(report.starts_on)) == ("2026-W10", "2026-03-02")
    totals = {row["name"]: (row["now"], row["before"]) for row in report.facts["totals"]}
    assert totals["Sign-ups"] == ("1", "0")
    assert totals["Through a link"] == ("100%", "n/a")
    assert totals["Days of practice"] == ("2", "0")
    loops = [(row["title"], row["k"], row["people"], row["verdict"]) for row in report.facts["loops"]]
    assert loops == [("All loops", "1.00", "1", "not yet"), ("Buddy Challenge", "1.00", "1", "not yet")]
    assert report.facts["cohorts"] == "16 to 22 Feb"


def test_a_report_is_made_once_a_week_and_costs_nothing_after(week: None) -> None:
    assert len(reports.make_reports(at=MONDAY)) == 1
    with counting() as captured:
        assert reports.make_reports(at=MONDAY + timedelta(days=6, hours=17)) == []
    assert len(statements(captured)) == 1
    assert len(reports.make_reports(at=MONDAY + timedelta(days=7))) == 1
    assert list(GrowthReport.objects.values_list("week", flat=True)) == ["2026-W11", "2026-W10"]
    with pytest.raises(IntegrityError), transaction.atomic():
        GrowthReport.objects.create(week="2026-W10", starts_on=MONDAY, facts={}, made_at=MONDAY)


def test_a_report_waits_until_its_week_is_counted_and_at_noon_says_what_is_missing(week: None) -> None:
    sunday = MONDAY.replace(hour=0) - timedelta(seconds=1)
    late = practiced(User.objects.get(username="ada"), sunday)
    practiced(User.objects.get(username="ada"), MONDAY)
    [before] = reports.make_reports(at=MONDAY.replace(hour=0, minute=9))  # its rows may still be on their way
    assert before.week == "2026-W09"
    assert reports.make_reports(at=MONDAY) == []
    with transaction.atomic():
        [report] = reports.make_reports(at=MONDAY.replace(hour=12))
        assert report.facts["uncounted"] == 2
        page = browser(person("Gil", is_staff=True)).get("/dashboard/report/2026-W10/").content.decode()
        assert "2 log rows had not been counted yet" in page
        send_report(report, "gil@example.com")
        assert "2 log rows had not been counted yet" in mail.outbox[-1].body
        transaction.set_rollback(True)
    rollup.count_events(at=MONDAY, limit=1)
    assert StreamCursor.objects.get(pk="events").position == late.pk
    [report] = reports.make_reports(at=MONDAY)  # what happened since Monday need not be counted
    assert report.facts["uncounted"] == 0
    assert {"name": "Days of practice", "now": "3", "before": "0"} in report.facts["totals"]


def test_weeks_without_a_beat_are_made_up_for_and_none_before_the_first(week: None) -> None:
    assert reports.make_reports(at=MONDAY - timedelta(days=35)) == []
    reports.make_reports(at=MONDAY)
    made = reports.make_reports(at=MONDAY + timedelta(days=21))
    assert [report.week for report in made] == ["2026-W11", "2026-W12", "2026-W13"]
    assert len(reports.make_reports(at=MONDAY + timedelta(days=365))) == reports.MAX_MISSED_WEEKS


def test_each_mailbox_gets_it_once_as_text_and_html(week: None) -> None:
    reader()
    with time_machine.travel(MONDAY, tick=False):
        assert tasks.weekly_report() == 2
        assert tasks.weekly_report() == 0
    with time_machine.travel(MONDAY + timedelta(days=2), tick=False):
        assert tasks.weekly_report() == 0
    assert sorted(letter.to[0] for letter in mail.outbox) == ["gil@example.com", "growth@example.com"]
    letter = mail.outbox[0]
    assert letter.subject == "Growth in 2026-W10: Brightside Tutoring"
    assert "Sign-ups: 1 (the week before: 0)" in letter.body
    [(html, kind)] = letter.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html"
    assert "<td>1.00</td>" in str(html)
    assert GrowthReportEmail.objects.filter(sent_at=MONDAY).count() == 2
    assert "example.com" not in str(list(GrowthReportEmail.objects.values()))  # a hash, no address


def test_a_mail_that_failed_is_tried_again_and_given_up_after_8(week: None) -> None:
    reports.make_reports(at=MONDAY)

    def down(_: GrowthReport, __: str) -> None:
        raise SMTPServerDisconnected

    at = MONDAY
    for _ in range(10):
        assert reports.send_report_emails(send=down, at=at) == 0
        assert reports.send_report_emails(send=down, at=at + timedelta(minutes=1)) == 0  # leased
        at += timedelta(minutes=11)
    assert GrowthReportEmail.objects.get().attempts == 8
    GrowthReportEmail.objects.update(attempts=7, dead_lettered_at=None)
    assert reports.send_report_emails(send=send_report, at=at) == 1


def test_who_stopped_the_mail_gets_none_that_still_waited(week: None) -> None:
    reader()
    reports.make_reports(at=MONDAY)
    gil = GrowthReportSubscriber.objects.get().user
    reports.set_subscription(user=gil, wants=False, at=MONDAY)
    assert reports.send_report_emails(send=send_report, at=MONDAY) == 1
    assert [letter.to for letter in mail.outbox] == [["growth@example.com"]]


def test_staff_choose_on_the_page(week: None) -> None:
    gil = person("Gil", is_staff=True)
    client = browser(gil)
    assert "E-mail it to me" in client.get("/dashboard/report/").content.decode()
    client.post("/dashboard/report/mail/", {"wants": "1"})
    assert "Stop the e-mails" in client.get("/dashboard/report/").content.decode()
    assert reports.is_subscribed(gil)
    reports.make_reports(at=MONDAY)
    page = client.get("/dashboard/report/2026-W10/").content.decode()
    assert "16 to 22 Feb" in page
    assert client.get("/dashboard/report/2026-W11/").status_code == 404


def test_an_erased_reader_reads_no_more(week: None, committed: Committed) -> None:
    reader()
    gil = GrowthReportSubscriber.objects.get().user
    with committed():
        erase_account(user=gil, by=gil, at=MONDAY)
    assert GrowthReportSubscriber.objects.count() == 0
    assert list(reports.mailboxes().values()) == ["growth@example.com"]
