"""How the site is doing, as far as growth people need to know: agents, what they refused, and what is happening."""

from datetime import UTC, datetime

from django.urls import reverse

from loops.models import Loop
from monitoring.growth.pages.cards import Amounts, Card, Grid, Tile, latencies_of, left_whole, read_amounts
from monitoring.growth.rules import spread, words
from monitoring.growth.rules.choices import Choice
from monitoring.growth.rules.counting import day_of
from monitoring.growth.services.surroundings import left_out_people
from viral_engine.kernel.models import LoggedEvent

MEASURES = ("agent_decided", "agent_degraded", "agent_latency", "refused")
DECIDES, WATCHES = "orchestrator", "trust_safety"
READ, SHOWN = 200, 10  # of the newest events, most of which may be of simulated people


def cards(choice: Choice, at: datetime, loops: list[Loop]) -> list[Card]:
    """Cost  3 queries."""
    amounts = read_amounts(MEASURES, choice.period(day_of(at)), choice, "part")
    lead = left_whole(choice, "agent_decided", "Agents")
    return [
        _performance(amounts, choice, lead),
        _trust_and_safety(amounts, choice, lead),
        _agents(amounts, choice, lead),
        _stream({loop.name: loop.title for loop in loops}),
    ]


def _performance(amounts: Amounts, choice: Choice, lead: str) -> Card:
    found = latencies_of(amounts, DECIDES)
    note = f"n {words.count(sum(found.values()))}, which loop to offer, in {choice.days} days"
    middle, slow = (words.milliseconds(spread.percentile(found, part)) for part in (0.5, 0.95))
    return Card("performance", "Performance", lead, tiles=(Tile("Half of decisions", middle, note), Tile("95%", slow)))


def _trust_and_safety(amounts: Amounts, choice: Choice, lead: str) -> Card:
    asked, refused = amounts.sum("agent_decided", part=WATCHES), amounts.sum("refused")
    reasons = sorted((amounts.sum("refused", part=part), part) for part in amounts.named("part", "refused"))
    often = f"most often: {words.name(reasons[-1][1]).lower()}" if reasons else "nothing"
    return Card(
        "trust-safety",
        "Trust & safety",
        lead,
        tiles=(
            Tile("Actions asked about", words.count(asked), f"in {choice.days} days"),
            Tile("Refused or held", words.count(refused), often),
        ),
        links=((reverse("growth:dashboard", args=["guardrails"]), "What growth must not cost"),),
    )


def _agents(amounts: Amounts, choice: Choice, lead: str) -> Card:
    decided, degraded = amounts.sum("agent_decided"), amounts.sum("agent_degraded")
    return Card(
        "agents",
        "Agents",
        lead,
        tiles=(
            Tile("Decisions", words.count(decided), f"in {choice.days} days"),
            Tile("Degraded", words.share(degraded, decided), f"of {words.count(decided)}: served from defaults"),
        ),
        links=((reverse("monitoring:monitoring"), "How the site is doing"),),
    )


def _stream(titles: dict[str, str]) -> Card:
    """What happened last, by nobody's name; 2 queries along primary keys."""
    left_out = left_out_people()
    newest = LoggedEvent.objects.order_by("-pk").values("type", "actor_id", "properties__loop", "at")[:READ]
    real = [row for row in newest if row["actor_id"] not in left_out][:SHOWN]
    rows = tuple(
        (
            f"{row['at'].astimezone(UTC):%H:%M:%S}",
            words.name(row["type"]),
            titles.get(row["properties__loop"] or "", ""),
        )
        for row in real
    )
    grid = Grid("The newest events, UTC", ("At", "What happened", "Loop"), rows, empty="Nothing has happened yet.")
    return Card("stream", "Live stream", grids=(grid,))
