"""The numbers of a dashboard as CSV lines, streamed so that no file is held in memory."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from loops.rules.k_factor import Sums, k_factor, mature_until
from monitoring.growth.queries import agents_and_rewards, attribution, guardrails, loop_cards, overview, site_health
from monitoring.growth.queries.cards import filtered_counts
from monitoring.growth.queries.k_estimates import MEASURES
from monitoring.growth.rules.filters import DashboardFilter
from viral_engine.safety.events import AbuseReport

Line = tuple[Any, ...]
COHORT_HEAD = (
    "first shown on", "loop", "persona", "generation", "exposed", "inviting", "invites", "fvm referees", "sign-ups",
    "k", "k low", "k high", "k by sign-up", "k by sign-up low", "k by sign-up high", "mature",
)  # fmt: skip
COUNT_HEAD = ("day", "measure", "loop", "persona", "part", "amount")
PAGE_MEASURES = {
    "overview": (*overview.MEASURES, *site_health.MEASURES, AbuseReport.type),
    "phase2": (*agents_and_rewards.AGENTS, *agents_and_rewards.REWARDS, *loop_cards.MEASURES),
    "attribution": attribution.MEASURES,
    "guardrails": guardrails.MEASURES,
}


async def cohort_lines(choice: DashboardFilter, today: date) -> AsyncIterator[Line]:
    """One line for each day of first exposure, loop, persona and generation that has people.

    Corrections leave rows of zero behind, which are nobody's.
    """
    yield COHORT_HEAD
    rows = filtered_counts(MEASURES, choice.cohorts(today), choice)
    key, amounts = None, dict[str, int]()
    columns = ("on", "loop", "persona", "part")
    async for row in rows.order_by(*columns).values("measure", "amount", *columns).aiterator(500):
        found = tuple(row[name] for name in columns)
        if key is not None and found != key:
            if amounts.get("people"):
                yield _cohort_line(key, amounts, today)
            amounts = {}
        key = found
        amounts[MEASURES[row["measure"]]] = row["amount"]
    if key is not None and amounts.get("people"):
        yield _cohort_line(key, amounts, today)


def _cohort_line(key: Line, amounts: dict[str, int], today: date) -> Line:
    k = k_factor(Sums(**amounts))
    on, loop, persona, generation = key
    sums = (k.sums.people, k.sums.inviting, k.sums.invites, k.sums.referees, k.sums.sign_ups)
    estimates = [
        None if value is None else round(value, 4)
        for one in (k.fvm, k.sign_up)
        for value in (one.value, one.low, one.high)
    ]
    return (
        on,
        loop or "all loops",
        persona,
        generation,
        *sums,
        *estimates,
        "yes" if on <= mature_until(today) else "no",
    )


async def count_lines(page: str, choice: DashboardFilter, today: date) -> AsyncIterator[Line]:
    yield COUNT_HEAD
    rows = filtered_counts(PAGE_MEASURES[page], choice.period(today), choice).exclude(amount=0)
    columns = ("on", "measure", "loop", "persona", "part", "amount")
    # values() and not values_list(), whose async iterator opens its cursor in the event loop.
    async for row in rows.order_by(*columns).values(*columns).aiterator(500):
        yield tuple(row[name] for name in columns)
