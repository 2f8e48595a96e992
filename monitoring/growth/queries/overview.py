"""The site's growth, and the loops it comes from."""

from datetime import date, datetime

from django.db.models import Count

from loops.events import InviteSent, LoopExposed
from loops.models import Loop
from loops.rules.k_factor import TARGET, KFactor
from monitoring.growth.queries import k_estimates, loop_cards, site_health
from monitoring.growth.queries.cards import (
    ORGANIC,
    CountSums,
    DashboardCard,
    DashboardTile,
    read_amounts,
    referred_only,
    unfiltered_note,
)
from monitoring.growth.queries.right_now import RightNow, read_right_now
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.models import GrowthMember
from viral_engine import formatting as fmt
from viral_engine.charts import Axis, IntervalPlot, LineChart, Point, ReferenceLine, Series, Sparkline

MEASURES = ("active", "joined", LoopExposed.type, InviteSent.type, "joiner")


def cards(choice: DashboardFilter, at: datetime) -> list[DashboardCard]:
    """Cost  9 queries."""
    today, right_now = day_of(at), read_right_now(at)
    span = choice.period(today)
    days = choice.days_of(today)
    amounts = read_amounts((*MEASURES, *site_health.DAILY), span, choice, "on", "loop", "part")
    rows = k_estimates.cohort_rows(choice, today)
    found = k_estimates.k_by_loop(rows, choice)
    loops = list(Loop.objects.order_by("title"))
    shown = [loop for loop in loops if choice.loop in {"", loop.name}]
    return [
        _headline(choice, amounts, found, days, today, right_now),
        _trend(amounts, choice, days),
        _k_plot(found, choice, shown, today),
        *loop_cards.cards(shown, amounts, found, choice, today),
        *site_health.cards(choice, at, loops, amounts, right_now),
    ]


def _headline(  # the readings of the page
    choice: DashboardFilter,
    amounts: CountSums,
    found: dict[str, KFactor],
    days: list[date],
    today: date,
    right_now: RightNow,
) -> DashboardCard:
    k = found.get(k_estimates.loop_of(choice), k_estimates.NO_EXPOSURES)
    return DashboardCard(
        "headline",
        "Today",
        unfiltered_note(choice, "active", "Active people and sign-ups"),
        tiles=(
            DashboardTile(
                "K by first value",
                fmt.ratio(k.fvm.value),
                f"{k_estimates.interval_text(k.fvm)}, shown {_cohort_days(choice, today)}"
                if k.fvm.people
                else f"nobody was first shown a loop {_cohort_days(choice, today)}",
                k_estimates.read_out_of(k, choice, today),
            ),
            DashboardTile(
                "Active today",
                fmt.count(amounts.sum("active", on=today)),
                f"{right_now.online_text}, "
                f"{fmt.count(_active_people(choice, today))} different people in {choice.days} days",
                spark=Sparkline("Active people per day", amounts.daily(days, "active")),
            ),
            DashboardTile(
                "Loops shown today",
                fmt.count(amounts.sum(LoopExposed.type, on=today)),
                f"{fmt.count(amounts.sum(InviteSent.type, on=today))} invites sent today",
                spark=Sparkline("Loops shown per day", amounts.daily(days, LoopExposed.type)),
            ),
            _sign_ups(choice, amounts, days, today),
        ),
        is_wide=True,
    )


def _sign_ups(choice: DashboardFilter, amounts: CountSums, days: list[date], today: date) -> DashboardTile:
    joined, referred = amounts.sum("joined"), amounts.sum("joined", **referred_only(choice))
    through_links = f", {fmt.share(referred, joined)} of them through a link" if joined else ""
    return DashboardTile(
        "Sign-ups today",
        fmt.count(amounts.sum("joined", on=today)),
        f"{fmt.count(joined)} in {choice.days} days{through_links}",
        spark=Sparkline("Sign-ups per day", amounts.daily(days, "joined")),
    )


def _active_people(choice: DashboardFilter, today: date) -> int:
    """1 query: a count along an index."""
    people = GrowthMember.objects.filter(last_active_on__gte=choice.period(today)[0])
    if choice.persona:
        people = people.filter(persona=choice.persona)
    return int(people.aggregate(people=Count("pk"))["people"])


def _cohort_days(choice: DashboardFilter, today: date) -> str:
    return fmt.days(*choice.cohorts(today))


def _trend(amounts: CountSums, choice: DashboardFilter, days: list[date]) -> DashboardCard:
    if not amounts.sum("joined"):
        return DashboardCard("sign-ups", "Sign-ups", empty=f"Nobody has signed up in these {len(days)} days.")
    series = tuple(
        Series(label, tuple(map(Point, days, amounts.daily(days, "joined", **which))))
        for label, which in (("Through a link", referred_only(choice)), ("On their own", ORGANIC))
    )
    scope = unfiltered_note(choice, "joined", "On their own")
    return DashboardCard(
        "sign-ups", "Sign-ups", scope, charts=(LineChart("Sign-ups per day", series, y_axis=Axis("People")),)
    )


def _k_plot(found: dict[str, KFactor], choice: DashboardFilter, loops: list[Loop], today: date) -> DashboardCard:
    title = f"K by loop, shown {_cohort_days(choice, today)}"
    named = [(loop.title, found[loop.name]) for loop in loops if loop.name in found]
    if not named:
        return DashboardCard("k", "K-factor", empty=f"No one was first shown a loop {_cohort_days(choice, today)}.")
    plot = IntervalPlot(
        title,
        tuple(k_estimates.interval(name, k.fvm, choice, today) for name, k in named),
        ReferenceLine(TARGET, f"target {TARGET:.2f}"),
        axis=Axis("FVM referees per exposed person"),
    )
    return DashboardCard("k", "K-factor", charts=(plot,))
