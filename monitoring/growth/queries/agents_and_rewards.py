"""Agents, the first two loops, and the reward economy."""

from datetime import date, datetime

from loops.models import Loop
from monitoring.growth.queries import k_estimates, loop_cards
from monitoring.growth.queries.cards import (
    CountSums,
    DashboardCard,
    DashboardTable,
    DashboardTile,
    latencies_of,
    read_amounts,
    unfiltered_note,
)
from monitoring.growth.queries.right_now import agent_statuses
from monitoring.growth.rules import log_histogram
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.rules.labels import granted_for, label
from viral_engine import formatting as fmt
from viral_engine.charts import Bar, BarChart, LineChart, Point, Series
from viral_engine.kernel.agent_registry import agent_title

LOOPS = ("buddy_challenge", "results_rally")
AGENTS = ("agent_decided", "agent_degraded", "agent_latency")
REWARDS = (
    "reward_lines",
    "reward_units",
    "reward_used",
    "reward_expired",
    "reward_taken_back",
    "reward_cents",
)


def cards(choice: DashboardFilter, at: datetime) -> list[DashboardCard]:
    """Cost  5 queries."""
    today = day_of(at)
    span = choice.period(today)
    agents = read_amounts(AGENTS, span, choice, "part")
    amounts = read_amounts((*REWARDS, *loop_cards.MEASURES), span, choice, "loop", "part", "on")
    found = k_estimates.k_by_loop(k_estimates.cohort_rows(choice, today), choice)
    loops = Loop.objects.filter(name__in=[name for name in LOOPS if choice.loop in {"", name}]).order_by("title")
    scope = unfiltered_note(choice, "reward_lines", "Rewards")
    return [
        _agents(agents, choice),
        *loop_cards.cards(loops, amounts, found, choice, today),
        _economy(amounts, choice, scope),
        _spend(amounts, choice.days_of(today), scope),
    ]


def _spend(amounts: CountSums, days: list[date], scope: str) -> DashboardCard:
    spend = tuple(
        Series(granted_for(loop), _points(days, amounts.daily(days, "reward_cents", loop=loop)))
        for loop in amounts.named("loop", "reward_cents")
    )
    chart = LineChart("Reward cost per day, in dollars", spend, empty="Rewards cost nothing in these days")
    return DashboardCard("spend", "Spend", scope, charts=(chart,))


def _points(days: list[date], cents: tuple[int, ...]) -> tuple[Point, ...]:
    return tuple(Point(day, amount / 100) for day, amount in zip(days, cents, strict=True))


def _agents(amounts: CountSums, choice: DashboardFilter) -> DashboardCard:
    statuses = agent_statuses()
    names = amounts.named("part", "agent_decided")
    rows = []
    for name in [*statuses, *(name for name in names if name not in statuses)]:
        decided, degraded = amounts.sum("agent_decided", part=name), amounts.sum("agent_degraded", part=name)
        latency = latencies_of(amounts, name)
        middle, slow = log_histogram.percentile(latency, 0.5), log_histogram.percentile(latency, 0.95)
        cells = (fmt.count(decided), fmt.count(degraded), fmt.share(degraded, decided))
        status = statuses.get(name, "Not checked any more")
        rows.append((agent_title(name), status, *cells, fmt.milliseconds(middle), fmt.milliseconds(slow)))
    decided = amounts.sum("agent_decided")
    degraded = amounts.sum("agent_degraded")
    grid = DashboardTable(
        "By agent",
        ("Agent", "Status", "Decisions (n)", "Degraded", "Share", "Half under", "95% under"),
        tuple(rows),
        note="The status is that of the last health check. Latencies come from buckets and are right within 10%. A "
        "degraded decision used a fallback.",
    )
    bars = tuple(Bar(agent_title(name), amounts.sum("agent_decided", part=name)) for name in names)
    return DashboardCard(
        "agents",
        "Agents",
        unfiltered_note(choice, "agent_decided", "Agents"),
        tiles=(
            DashboardTile("Decisions", fmt.count(decided), f"in {choice.days} days"),
            DashboardTile(
                "Degraded",
                fmt.share(degraded, decided),
                f"{fmt.count(degraded)} of {fmt.count(decided)}",
            ),
        ),
        charts=(BarChart("Decisions by agent", bars, empty=f"No agent has decided anything in {choice.days} days"),),
        grids=(grid,),
        is_wide=True,
    )


def _economy(amounts: CountSums, choice: DashboardFilter, scope: str) -> DashboardCard:
    if not amounts.named("loop", *REWARDS):
        return DashboardCard(
            "economy", "Reward economy", scope, empty=f"No reward was granted in these {choice.days} days."
        )
    rows = []
    for loop in amounts.named("loop", *REWARDS):
        for kind in amounts.named("part", *REWARDS):
            *units, cents = (amounts.sum(name, loop=loop, part=kind) for name in REWARDS)
            if any(units):
                cells = (*(fmt.count(unit) for unit in units), fmt.money(cents))
                rows.append((granted_for(loop), label(kind), *cells))
    cents, lines = amounts.sum("reward_cents"), amounts.sum("reward_lines")
    head = ("Granted for", "Kind", "Grants (n)", "Units", "Used", "Expired", "Revoked", "Cost")
    grid = DashboardTable("By loop and kind", head, tuple(rows))
    return DashboardCard(
        "economy",
        "Reward economy",
        scope,
        tiles=(
            DashboardTile("Grants", fmt.count(lines)),
            DashboardTile(
                "Cost",
                fmt.money(cents),
                f"{fmt.money(cents / lines) if lines else fmt.MISSING} per grant",
            ),
        ),
        grids=(grid,),
    )
