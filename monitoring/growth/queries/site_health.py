"""The site's health for growth staff: agents, refusals, and the newest events."""

from datetime import UTC, date, datetime

from django.db.models import Subquery
from django.urls import reverse

from loops.events import GuestStarted, InviteSent, LinkClicked, LoopExposed, PromptDismissed, SignupAttributed
from loops.models import Loop
from monitoring.growth.context import excluded_people
from monitoring.growth.queries.cards import (
    CountSums,
    DashboardCard,
    DashboardTable,
    DashboardTile,
    latencies_of,
    read_amounts,
    sign_ups_held,
    unfiltered_note,
)
from monitoring.growth.queries.right_now import RightNow, status_rows
from monitoring.growth.rules import log_histogram
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.rules.labels import label
from viral_engine import formatting as fmt
from viral_engine.accounts.events import AccountCreated
from viral_engine.kernel.agent_registry import ORCHESTRATOR, TRUST_AND_SAFETY
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import FvmReached
from viral_engine.safety.events import AbuseReport

MEASURES = ("agent_decided", "agent_degraded", "agent_latency", "refused")
DAILY = ("refused", AbuseReport.type)
MAX_SCANNED, MAX_READ, MAX_SHOWN = 5000, 200, 10  # events of any kind, growth events, events of counted people
HAPPENED = {
    LoopExposed.type: "A loop was shown",
    PromptDismissed.type: "An offer was dismissed",
    InviteSent.type: "An invite was sent",
    LinkClicked.type: "A link was opened",
    GuestStarted.type: "A guest started",
    FvmReached.type: "First value was reached",
    AccountCreated.type: "A person signed up",
    SignupAttributed.type: "A sign-up was credited to a link",
}


def cards(
    choice: DashboardFilter, at: datetime, loops: list[Loop], daily: CountSums, right_now: RightNow
) -> list[DashboardCard]:
    """`daily` are the sums of `DAILY` and sign-ups by day and part, which the page has read. Cost  4 queries."""
    today = day_of(at)
    amounts = read_amounts(MEASURES, choice.period(today), choice, "part")
    lead = unfiltered_note(choice, "agent_decided", "Agents")
    return [
        _performance(amounts, choice, lead, right_now),
        _trust_and_safety(amounts, daily, choice, lead, today),
        _agents(amounts, choice, lead),
        _stream({loop.name: loop.title for loop in loops}),
    ]


def _performance(amounts: CountSums, choice: DashboardFilter, lead: str, right_now: RightNow) -> DashboardCard:
    found = latencies_of(amounts, ORCHESTRATOR.key)
    note = f"n {fmt.count(sum(found.values()))} choices of a loop in {choice.days} days"
    middle, slow = (fmt.milliseconds(log_histogram.percentile(found, part)) for part in (0.5, 0.95))
    return DashboardCard(
        "performance",
        "Performance",
        lead,
        tiles=(
            DashboardTile("Average latency", fmt.milliseconds(right_now.latency_avg_ms), right_now.note),
            DashboardTile("Half of decisions", middle, note),
            DashboardTile("95%", slow),
            DashboardTile(
                "Error rate",
                right_now.error_rate_text,
                f"of {fmt.count(right_now.requests.count)} requests {right_now.note}",
            ),
        ),
    )


def _trust_and_safety(
    amounts: CountSums, daily: CountSums, choice: DashboardFilter, lead: str, today: date
) -> DashboardCard:
    asked, refused = amounts.sum("agent_decided", part=TRUST_AND_SAFETY.key), amounts.sum("refused")
    reasons = sorted((amounts.sum("refused", part=part), part) for part in amounts.named("part", "refused"))
    often = f"most often: {label(reasons[-1][1]).lower()}" if reasons else ""
    return DashboardCard(
        "trust-safety",
        "Trust & safety",
        lead,
        tiles=(
            DashboardTile("Actions checked", fmt.count(asked), f"in {choice.days} days"),
            DashboardTile("Refused or held", fmt.count(refused), often),
            _fraud(daily, choice),
            DashboardTile("Blocked today", fmt.count(daily.sum("refused", on=today)), "actions refused or held"),
            DashboardTile("Reports today", fmt.count(daily.sum(AbuseReport.type, on=today)), "of abuse, by people"),
        ),
        links=((reverse("growth:dashboard", args=["guardrails"]), "Open the guardrails"),),
    )


def _fraud(amounts: CountSums, choice: DashboardFilter) -> DashboardTile:
    """The share of sign-ups that trust and safety held or blocked. A filter divides sign-ups, but not refusals."""
    if choice.loop or choice.persona:
        return DashboardTile("Fraud rate", fmt.MISSING, "shown for all loops and people together")
    held = sum(amounts.sum("refused", part=part) for part in sign_ups_held(amounts))
    joined = amounts.sum("joined")
    return DashboardTile(
        "Fraud rate", fmt.share(held, joined), f"{fmt.count(held)} of {fmt.count(joined)} sign-ups held or blocked"
    )


def _agents(amounts: CountSums, choice: DashboardFilter, lead: str) -> DashboardCard:
    decided, degraded = amounts.sum("agent_decided"), amounts.sum("agent_degraded")
    return DashboardCard(
        "agents",
        "Agents",
        lead,
        tiles=(
            DashboardTile("Decisions", fmt.count(decided), f"in {choice.days} days"),
            DashboardTile("Degraded", fmt.share(degraded, decided), f"of {fmt.count(decided)}: used a fallback"),
        ),
        grids=(DashboardTable("At the last health check", ("Agent", "Status"), status_rows()),),
        links=((reverse("monitoring:monitoring"), "Open monitoring"),),
    )


def _stream(titles: dict[str, str]) -> DashboardCard:
    """The newest events, without names; 2 queries over the end of the log."""
    excluded, newest = excluded_people(), LoggedEvent.objects.order_by("-pk").values("pk")[:1]
    events = LoggedEvent.objects.filter(pk__gt=Subquery(newest) - MAX_SCANNED, type__in=HAPPENED).order_by("-pk")
    rows = events.values("type", "actor_id", "properties__loop", "at")[:MAX_READ]
    real = sorted((row for row in rows if row["actor_id"] not in excluded), key=lambda row: row["at"], reverse=True)
    lines = tuple(
        (HAPPENED[row["type"]], titles.get(row["properties__loop"], ""), f"{row['at'].astimezone(UTC):%H:%M:%S}")
        for row in real[:MAX_SHOWN]
    )
    grid = DashboardTable("The newest events, UTC", ("Event", "Loop", "At"), lines, empty="Nothing has happened yet.")
    return DashboardCard("stream", "Live stream", grids=(grid,))
