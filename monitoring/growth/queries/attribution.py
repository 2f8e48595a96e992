"""Sign-ups by the loop and channel that attribution credits."""

from datetime import datetime

from loops.events import LinkClicked, SignupAttributed
from loops.rules.credit import MODELS
from monitoring.growth.queries.cards import CountSums, DashboardCard, DashboardTable, DashboardTile, read_amounts
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.rules.labels import label
from viral_engine import formatting as fmt
from viral_engine.charts import Bar, BarChart

MEASURES = (SignupAttributed.type, LinkClicked.type, "credit")


def cards(choice: DashboardFilter, at: datetime) -> list[DashboardCard]:
    """Cost  2 queries."""
    span = choice.period(day_of(at))
    attributed = read_amounts(MEASURES, span, choice, "loop", "part")
    joined = read_amounts(("joined",), span, DashboardFilter(), "part")
    return [
        _last_touch(attributed, joined, choice),
        _models(attributed, choice),
        _bars("loop", attributed, choice),
        _bars("part", attributed, choice),
    ]


def _last_touch(attributed: CountSums, joined: CountSums, choice: DashboardFilter) -> DashboardCard:
    sign_ups, everybody = attributed.sum(SignupAttributed.type), joined.sum("joined")
    rows = []
    for loop in attributed.named("loop", SignupAttributed.type, LinkClicked.type):
        for channel in attributed.named("part", SignupAttributed.type, LinkClicked.type):
            credit = attributed.sum(SignupAttributed.type, loop=loop, part=channel)
            clicks = attributed.sum(LinkClicked.type, loop=loop, part=channel)
            if credit or clicks:
                per_click = fmt.ratio(credit / clicks if clicks else None)
                cells = (fmt.count(clicks), fmt.count(credit), per_click)
                rows.append((label(loop), label(channel), *cells, fmt.share(credit, sign_ups)))
    grid = DashboardTable(
        "Last touch, by loop and channel",
        ("Loop", "Channel", "Clicks", "Sign-ups", "Per click", "Of all credit"),
        tuple(rows),
        f"No sign-up came through a link in these {choice.days} days.",
        "The last click in 30 days gets the credit, and rewards are paid for it.",
    )
    tiles = (
        DashboardTile(
            "Through a link",
            fmt.count(sign_ups),
            f"of all {fmt.count(everybody)} sign-ups in {choice.days} days",
        ),
        DashboardTile("Share", fmt.share(sign_ups, everybody), f"n {fmt.count(everybody)}"),
    )
    return DashboardCard("last-touch", "Last touch", tiles=tiles, grids=(grid,), is_wide=True)


def _models(shared: CountSums, choice: DashboardFilter) -> DashboardCard:
    """One row per loop and channel, one column per model; every column has the same total."""
    channels = {part.partition(":")[2] for part in shared.named("part", "credit")}
    rows = []
    for loop in shared.named("loop", "credit"):
        for channel in sorted(channels):
            points = [shared.sum("credit", loop=loop, part=f"{model}:{channel}") for model in MODELS]
            if any(points):
                rows.append((label(loop), label(channel), *map(fmt.credit, points)))
    totals = [sum(shared.sum("credit", part=f"{model}:{one}") for one in channels) for model in MODELS]
    if rows:
        rows.append(("Total", "", *map(fmt.credit, totals)))
    grid = DashboardTable(
        "Sign-ups each model credits",
        ("Loop", "Channel", *(label(model) for model in MODELS)),
        tuple(rows),
        f"No sign-up came through a link in these {choice.days} days.",
        "First and last credit one click, linear credits all clicks equally, position favors the two ends, and "
        "decay favors the latest. Rewards follow last touch.",
    )
    return DashboardCard("credit-models", "Five models side by side", grids=(grid,), is_wide=True)


def _bars(column: str, attributed: CountSums, choice: DashboardFilter) -> DashboardCard:
    what = "channel" if column == "part" else column
    bars = tuple(
        Bar(label(value), attributed.sum(SignupAttributed.type, **{column: value}))
        for value in attributed.named(column, SignupAttributed.type)
    )
    empty = f"No sign-up came through a link in these {choice.days} days"
    return DashboardCard(
        f"by-{what}", f"By {what}", charts=(BarChart(f"Sign-ups through a link, by {what}", bars, empty=empty),)
    )
