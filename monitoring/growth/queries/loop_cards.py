"""One card per loop: its K, its offers, invites and referees."""

from collections.abc import Iterable
from datetime import date

from loops.events import InviteSent, LoopExposed
from loops.models import Loop
from loops.rules.k_factor import KFactor
from monitoring.growth.queries import k_estimates
from monitoring.growth.queries.cards import CountSums, DashboardCard, DashboardTile
from monitoring.growth.rules.filters import DashboardFilter
from viral_engine import formatting as fmt
from viral_engine.charts import Sparkline

MEASURES = (LoopExposed.type, InviteSent.type, "joiner")  # to be read by day and loop


def cards(
    loops: Iterable[Loop], amounts: CountSums, found: dict[str, KFactor], choice: DashboardFilter, today: date
) -> list[DashboardCard]:
    """One card per loop, from sums and K that the page has already read."""
    return [_card(loop, amounts, found.get(loop.name, k_estimates.NO_EXPOSURES), choice, today) for loop in loops]


def _card(loop: Loop, amounts: CountSums, k: KFactor, choice: DashboardFilter, today: date) -> DashboardCard:
    exposed = amounts.sum(LoopExposed.type, loop=loop.name)
    lead = "" if loop.is_on else "This loop is switched off."
    if not exposed and not k.fvm.people:
        empty = f"No one has been shown this loop in these {choice.days} days."
        return DashboardCard(f"loop-{loop.name}", loop.title, lead, empty=empty)
    daily = amounts.daily(choice.days_of(today), LoopExposed.type, loop=loop.name)
    invites, referees = amounts.sum(InviteSent.type, loop=loop.name), amounts.sum("joiner", loop=loop.name)
    return DashboardCard(
        f"loop-{loop.name}",
        loop.title,
        lead,
        tiles=(
            DashboardTile(
                "K",
                fmt.ratio(k.fvm.value),
                k_estimates.interval_text(k.fvm),
                k_estimates.read_out_of(k, choice, today),
            ),
            DashboardTile(
                "Shown",
                fmt.count(exposed),
                f"in {choice.days} days",
                spark=Sparkline(f"{loop.title} shown per day", daily),
            ),
            DashboardTile("Invites", fmt.count(invites), f"{_each(invites, exposed)} per time it was shown"),
            DashboardTile(
                "Referees",
                fmt.count(referees),
                f"{_each(referees, invites)} per invite, of {fmt.count(invites)}",
            ),
        ),
    )


def _each(part: int, whole: int) -> str:
    return fmt.ratio(part / whole if whole else None)
