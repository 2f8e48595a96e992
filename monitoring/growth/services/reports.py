"""The weekly growth report: the numbers of a week, stored for good and e-mailed once to its subscribers."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from loops.events import InviteSent, LoopExposed, PromptDismissed
from loops.models import Loop
from monitoring.growth.queries import k_estimates
from monitoring.growth.queries.cards import read_amounts
from monitoring.growth.rules.counting import day_of, start_of
from monitoring.growth.rules.filters import DashboardFilter, iso_week, monday_of
from monitoring.growth.services.rollup import counting_lag, is_counted_until
from monitoring.models import GrowthCount, GrowthReport, GrowthReportEmail, GrowthReportSubscriber
from viral_engine import formatting as fmt
from viral_engine.accounts.models import User
from viral_engine.kernel.client_identity import keyed_hash
from viral_engine.kernel.leases import TryLater, run
from viral_engine.safety.events import AbuseReport

Send = Callable[[GrowthReport, str], None]
WEEK = DashboardFilter(days=7)
SETTLING = timedelta(minutes=10)  # an event before midnight may be committed after it
LATEST = timedelta(hours=12)
MAX_MISSED_WEEKS = 4
MEASURES = (
    "joined",
    "active",
    LoopExposed.type,
    InviteSent.type,
    "joiner",
    PromptDismissed.type,
    "reward_cents",
    AbuseReport.type,
)


def make_reports(*, at: datetime) -> list[GrowthReport]:
    """Write the missing reports of weeks that ended before `at`, and queue their e-mails; return the new reports.

    A report is written when its week is fully counted, or at noon of the Monday after; then it says what is missing.
    Up to four missed weeks are written later; weeks before the first event are not.

    Cost  1 query when none is due; 13 statements for one that is made.
    """
    made = (_make_report(monday, at) for monday in _mondays_due(monday_of(day_of(at - SETTLING))))
    return [report for report in made if report is not None]


def _mondays_due(monday: date) -> list[date]:
    """The Monday after each week without a report, oldest first."""
    last = GrowthReport.objects.values_list("starts_on", flat=True).first()
    missed = 1 if last is None else (monday - last).days // 7 - 1
    return [monday - timedelta(days=7 * ago) for ago in reversed(range(min(missed, MAX_MISSED_WEEKS)))]


def _make_report(monday: date, at: datetime) -> GrowthReport | None:
    """The new report; None while it must wait, or when another process was first: the week is the primary key."""
    uncounted = 0 if is_counted_until(start_of(monday)) else counting_lag().waiting
    must_wait = uncounted and at < start_of(monday) + LATEST
    if must_wait or not GrowthCount.objects.filter(on__lt=monday).exists():
        return None
    starts_on = monday - timedelta(days=7)
    facts = week_facts(monday) | {"uncounted": uncounted}
    try:
        with transaction.atomic():
            report = GrowthReport.objects.create(week=iso_week(starts_on), starts_on=starts_on, facts=facts, made_at=at)
            mails = [GrowthReportEmail(report=report, mailbox=mailbox) for mailbox in sorted(mailboxes())]
            GrowthReportEmail.objects.bulk_create(mails)
    except IntegrityError:
        return None
    return report


def week_facts(monday: date) -> dict[str, Any]:
    """The numbers of the week before this Monday, and of the week before that; 4 queries.

    Shape  {"totals": [{"name": "Sign-ups", "now": "12", "before": "9"}, ...], "loops": [{"title": ..., "k": ...}]}
    """
    now, before = (_amounts(monday - timedelta(days=7 * weeks)) for weeks in (1, 2))
    totals = [{"name": name, "now": now[name], "before": before[name]} for name in now]
    rows = k_estimates.cohort_rows(WEEK, monday)
    found = k_estimates.k_by_loop(rows, WEEK)
    titles = {"": "All loops"} | dict(Loop.objects.order_by("title").values_list("name", "title"))
    loops = [
        {
            "title": titles.get(loop, loop),
            "k": fmt.ratio(k.fvm.value),
            "interval": fmt.interval(k.fvm.low, k.fvm.high),
            "people": fmt.count(k.fvm.people),
            "verdict": k_estimates.read_out_of(k, WEEK, monday).word,
        }
        for loop, k in sorted(found.items())
    ]
    return {"totals": totals, "loops": loops, "cohorts": fmt.days(*WEEK.cohorts(monday))}


def _amounts(start: date) -> dict[str, str]:
    """1 query."""
    amounts = read_amounts(MEASURES, (start, start + timedelta(days=6)), DashboardFilter(), "loop", "part")
    joined, referees = amounts.sum("joined"), amounts.sum("joiner")
    cents = amounts.sum("reward_cents") - amounts.sum("reward_cents", loop="")  # loops only
    shown = amounts.sum(LoopExposed.type)
    return {
        "Sign-ups": fmt.count(joined),
        "Through a link": fmt.share(amounts.sum("joined", part="referred"), joined),
        "Days of practice": fmt.count(amounts.sum("active")),
        "Loops shown": fmt.count(shown),
        "Invites sent": fmt.count(amounts.sum(InviteSent.type)),
        "Referees": fmt.count(referees),
        "Offers dismissed": fmt.share(amounts.sum(PromptDismissed.type), shown),
        "Reward cost": fmt.money(cents),
        "Reward cost per referee": fmt.money(cents / referees) if referees else fmt.MISSING,
        "Abuse reports": fmt.count(amounts.sum(AbuseReport.type)),
    }


# -- Mail ----------------------------------------------------------------------------------------------------
def mailboxes() -> dict[str, str]:
    """Addresses that get the report now, by keyed hash; 1 query."""
    readers = GrowthReportSubscriber.objects.filter(
        user__is_staff=True, user__is_active=True, user__email__isnull=False
    )
    addresses = {*settings.GROWTH_REPORT_TO, *readers.values_list("user__email", flat=True)}
    return {keyed_hash("growth_report", address.lower()): address for address in addresses if address}


def send_report_emails(*, send: Send, at: datetime) -> int:
    """Give every waiting mail an attempt; returns how many were sent.

    If a process dies between sending and recording, the e-mail is sent again after its lease of ten minutes.
    """
    mails = GrowthReportEmail.objects.select_related("report")
    if not mails.waiting(at).exists():
        return 0
    known = mailboxes()

    def mail(row: GrowthReportEmail) -> None:
        address = known.get(row.mailbox)
        if address is None:  # the reader has unsubscribed
            row.delete()
            return
        try:
            send(row.report, address)
        except (OSError, SMTPException) as error:
            raise TryLater(type(error).__name__) from None

    return len(run(mails, mail, at=at, limit=50))


# -- Readers -------------------------------------------------------------------------------------------------
def is_subscribed(user: User) -> bool:
    return GrowthReportSubscriber.objects.filter(user=user).exists()


def set_subscription(*, user: User, wants: bool, at: datetime) -> None:
    """Turn the weekly e-mail on or off."""
    if wants:
        GrowthReportSubscriber.objects.get_or_create(user=user, defaults={"since": at})
    else:
        GrowthReportSubscriber.objects.filter(user=user).delete()
