"""Limits that growth must not cross: dismissals, complaints, spending and children's consent."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.urls import reverse

from loops.events import LoopExposed, OptedOut, PromptDismissed
from loops.models import SpendLimit
from loops.rules.economy import OVERALL
from monitoring.growth.queries.cards import (
    CountSums,
    DashboardCard,
    DashboardTable,
    DashboardTile,
    read_amounts,
    sign_ups_held,
    unfiltered_note,
)
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.rules.labels import COMPLAINTS, granted_for, label
from viral_engine import formatting as fmt
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import COPPA_AGE
from viral_engine.charts import Bar, BarChart, Sparkline
from viral_engine.kernel import clock
from viral_engine.safety.events import AbuseReport
from viral_engine.safety.queries import QueueState, queue_state

DAILY = (LoopExposed.type, PromptDismissed.type, *COMPLAINTS)
MEASURES = (*DAILY, "refused", "reward_cents")


def cards(choice: DashboardFilter, at: datetime) -> list[DashboardCard]:
    """Cost  9 queries."""
    span = choice.period(day_of(at))
    days = choice.days_of(day_of(at))
    amounts = read_amounts(DAILY, span, choice, "on")
    refused = read_amounts(("refused",), span, choice, "part")
    spend = read_amounts(("reward_cents",), span, choice, "loop", "on")
    learners = read_learners(clock.today(at))
    return [
        _safety_today(queue_state(at=at), day_of(at)),
        _annoyance(amounts, learners, choice, days),
        _children(learners),
        _complaints(amounts, choice),
        _refused(refused, choice),
        _spend(spend, choice, days),
    ]


@dataclass(frozen=True, slots=True)
class Learners:
    """Numbers of current learners: all, without offers, under 13, and under 13 with a parent's consent."""

    everybody: int
    silent: int
    children: int
    agreed: int


def read_learners(today: date) -> Learners:
    """Count learners. Cost  2 queries over all accounts, which grow with the number of people."""
    learners = User.objects.filter(role=Role.STUDENT, is_active=True, is_simulated=False)
    # A learner of unknown age counts as a child.
    young = Q(birthdate__gt=_born_after(today)) | Q(birthdate=None)
    counts = learners.aggregate(
        everybody=Count("pk"),
        silent=Count("pk", filter=Q(growth_prompts=False)),
        children=Count("pk", filter=young),
    )
    agreed = Consent.objects.in_force().filter(kind="coppa", child__in=learners.filter(young))
    return Learners(**counts, agreed=agreed.values("child").distinct().count())


def _born_after(today: date) -> date:
    """A learner born later is under 13."""
    try:
        return today.replace(year=today.year - COPPA_AGE)
    except ValueError:  # 29 February
        return today.replace(year=today.year - COPPA_AGE, day=28)


def _safety_today(queue: QueueState, today: date) -> DashboardCard:
    """Trust and safety today, for everybody, and the review queue now. Cost  2 queries."""
    everybody = DashboardFilter()
    amounts = read_amounts(("refused", "joined", AbuseReport.type, OptedOut.type), (today, today), everybody, "part")
    held = sum(amounts.sum("refused", part=part) for part in sign_ups_held(amounts))
    joined = amounts.sum("joined")
    waits = f"{fmt.count(queue.appeals)} of them appeals" if queue.waiting else "nothing waits"
    speed = fmt.waiting_time(queue.median) if queue.median is not None else fmt.MISSING
    return DashboardCard(
        "safety-today",
        "Trust and safety today",
        tiles=(
            DashboardTile(
                "Fraud rate", fmt.share(held, joined), f"{fmt.count(held)} of {fmt.count(joined)} sign-ups held"
            ),
            DashboardTile("Blocked", fmt.count(amounts.sum("refused")), "actions refused or held"),
            DashboardTile("Reports", fmt.count(amounts.sum(AbuseReport.type)), "by people"),
            DashboardTile("Opt-outs", fmt.count(amounts.sum(OptedOut.type)), "from e-mail or invites"),
            DashboardTile("Review queue", fmt.count(queue.waiting), waits),
            DashboardTile("Median time to decision", speed, f"{fmt.count(queue.decided)} cases in 30 days"),
        ),
        links=((reverse("admin:safety_reviewitem_changelist"), "Open the review queue"),),
    )


def _annoyance(offers: CountSums, learners: Learners, choice: DashboardFilter, days: list[date]) -> DashboardCard:
    shown, dismissed = offers.sum(LoopExposed.type), offers.sum(PromptDismissed.type)
    daily = zip(offers.daily(days, PromptDismissed.type), offers.daily(days, LoopExposed.type), strict=True)
    rates = tuple(part / whole if whole else None for part, whole in daily)
    spark = Sparkline("Share dismissed per day", rates, "%") if shown else None
    note = f"{fmt.count(dismissed)} of {fmt.count(shown)} offers in {choice.days} days"
    return DashboardCard(
        "annoyance",
        "Annoyance",
        tiles=(
            DashboardTile("Offers dismissed", fmt.share(dismissed, shown), note, spark=spark),
            DashboardTile(
                "Offers turned off",
                fmt.share(learners.silent, learners.everybody),
                f"{fmt.count(learners.silent)} of all {fmt.count(learners.everybody)} learners now",
            ),
        ),
    )


def _children(learners: Learners) -> DashboardCard:
    total, agreed = learners.children, learners.agreed
    title = "Children's consent"
    if not total:
        return DashboardCard("children", title, empty="No learner is under 13.")
    tile = DashboardTile(
        "With a parent's consent",
        fmt.share(agreed, total),
        f"{fmt.count(agreed)} of all {fmt.count(total)} under 13",
    )
    lead = "Without consent a child can only practice: no offers, no links, no sharing."
    return DashboardCard("children", title, lead, tiles=(tile,))


def _complaints(amounts: CountSums, choice: DashboardFilter) -> DashboardCard:
    """Complaints belong to no loop, so there is no rate per offer of a single loop."""
    shown = 0 if choice.loop else amounts.sum(LoopExposed.type)
    rows = tuple(
        (
            label,
            fmt.count(amounts.sum(name)),
            f"{1000 * amounts.sum(name) / shown:.1f}" if shown else fmt.MISSING,
        )
        for name, label in COMPLAINTS.items()
    )
    note = "" if choice.loop else f"n {fmt.count(shown)} offers shown in {choice.days} days"
    grid = DashboardTable("By kind", ("", "Events", "Per 1,000 offers"), rows, note=note)
    return DashboardCard(
        "complaints", "Complaints", unfiltered_note(choice, AbuseReport.type, "Complaints"), grids=(grid,)
    )


def _refused(amounts: CountSums, choice: DashboardFilter) -> DashboardCard:
    reasons = sorted(
        ((amounts.sum("refused", part=part), part) for part in amounts.named("part", "refused")), reverse=True
    )
    bars = tuple(Bar(label(part), amount) for amount, part in reasons[:12])
    empty = f"Nothing was refused in these {choice.days} days"
    chart = BarChart("Refused actions by reason", bars, empty=empty)
    return DashboardCard("refused", "Refused actions", unfiltered_note(choice, "refused", "Refusals"), charts=(chart,))


def _spend(amounts: CountSums, choice: DashboardFilter, days: list[date]) -> DashboardCard:
    """Spend and daily limit by loop; 1 query for the limits."""
    today, limits = days[-1], dict(SpendLimit.objects.values_list("scope", "cents_a_day"))
    loops = amounts.named("loop", "reward_cents")
    rows = [_spent(amounts, days, loop, limits.get(loop)) for loop in loops]
    if rows:
        everything = amounts.daily(days, "reward_cents")
        rows.append(_cells("Total", amounts.sum("reward_cents", on=today), everything, limits.get(OVERALL)))
    empty = f"Rewards cost nothing in these {len(days)} days."
    head = ("Loop", "Today", "Daily limit", "Highest day", f"{len(days)} days")
    grid = DashboardTable("Reward spend", head, tuple(rows), empty)
    return DashboardCard(
        "reward-spend", "Reward spend", unfiltered_note(choice, "reward_cents", "Rewards"), grids=(grid,)
    )


def _spent(amounts: CountSums, days: list[date], loop: str, limit: int | None) -> tuple[str, ...]:
    daily = amounts.daily(days, "reward_cents", loop=loop)
    return _cells(granted_for(loop), amounts.sum("reward_cents", loop=loop, on=days[-1]), daily, limit)


def _cells(label: str, today: int, daily: tuple[int, ...], limit: int | None) -> tuple[str, ...]:
    allowed = "No limit" if limit is None else fmt.money(limit)
    return (label, fmt.money(today), allowed, fmt.money(max(daily)), fmt.money(sum(daily)))
