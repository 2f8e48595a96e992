"""A loop at a glance: its K, how often it was shown, what came of it."""

from collections.abc import Iterable
from datetime import date

from loops.models import Loop
from monitoring.growth.pages import k_reading
from monitoring.growth.pages.cards import Amounts, Card, Tile
from monitoring.growth.rules import words
from monitoring.growth.rules.choices import Choice
from monitoring.growth.rules.k_factor import KFactor
from viral_engine.charts import Sparkline

MEASURES = ("loop_exposed", "invite_sent", "joiner")  # to be read by day and loop


def cards(
    loops: Iterable[Loop], amounts: Amounts, found: dict[str, KFactor], choice: Choice, today: date
) -> list[Card]:
    """From amounts and K that were read already."""
    return [_card(loop, amounts, found.get(loop.name, k_reading.NOBODY), choice, today) for loop in loops]


def _card(loop: Loop, amounts: Amounts, k: KFactor, choice: Choice, today: date) -> Card:
    exposed = amounts.sum("loop_exposed", loop=loop.name)
    lead = "" if loop.is_on else "Switched off."
    if not exposed and not k.fvm.people:
        empty = f"No one has been shown this loop in these {choice.days} days."
        return Card(f"loop-{loop.name}", loop.title, lead, empty=empty)
    daily = amounts.daily(choice.days_of(today), "loop_exposed", loop=loop.name)
    invites, joiners = amounts.sum("invite_sent", loop=loop.name), amounts.sum("joiner", loop=loop.name)
    return Card(
        f"loop-{loop.name}",
        loop.title,
        lead,
        tiles=(
            Tile(
                "K",
                words.ratio(k.fvm.value),
                f"{words.interval(k.fvm)}, n {words.count(k.fvm.people)}",
                k_reading.verdict_of(k, choice, today),
            ),
            Tile(
                "Shown",
                words.count(exposed),
                f"in {choice.days} days",
                spark=Sparkline(f"{loop.title} shown a day", daily),
            ),
            Tile("Invites", words.count(invites), f"{_each(invites, exposed)} for each time it was shown"),
            Tile("Joiners", words.count(joiners), f"{words.share(joiners, invites)} of {words.count(invites)} invites"),
        ),
    )


def _each(part: int, whole: int) -> str:
    return words.ratio(part / whole if whole else None)
