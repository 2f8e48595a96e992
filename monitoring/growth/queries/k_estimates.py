"""K and its parts, read from cohort counts."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from loops.rules.k_factor import WINDOW, Estimate, KFactor, ReadOut, Sums, k_factor, read_out
from monitoring.growth.queries.cards import CountSums
from monitoring.growth.rules.counting import ANY_LOOP
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.models import GrowthCount
from viral_engine import formatting as fmt
from viral_engine.charts import LabeledInterval

MEASURES = {
    "k_people": "people",
    "k_inviting": "inviting",
    "k_invites": "invites",
    "k_joiners": "referees",
    "k_joiners_squared": "referees_squared",
    "k_sign_ups": "sign_ups",
    "k_sign_ups_squared": "sign_ups_squared",
}
Group = tuple[Any, ...]


def sums_by(rows: Iterable[dict[str, Any]], *columns: str) -> dict[Group, Sums]:
    """The sums of each group of rows."""
    found: dict[Group, dict[str, int]] = {}
    for row in rows:
        group = found.setdefault(tuple(row[name] for name in columns), {})
        name = MEASURES[row["measure"]]
        group[name] = group.get(name, 0) + row["total"]
    return {group: Sums(**amounts) for group, amounts in found.items()}


def cohort_rows(choice: DashboardFilter, today: date) -> list[dict[str, Any]]:
    """The chosen cohorts by loop, generation and persona; 1 query."""
    since, until = choice.cohorts(today)
    rows = GrowthCount.objects.all().of(MEASURES, since=since, until=until)
    if choice.loop:
        rows = rows.filter(loop=choice.loop)
    return rows.summed("measure", "loop", "part", "persona")


def of_persona(rows: list[dict[str, Any]], choice: DashboardFilter) -> list[dict[str, Any]]:
    return [row for row in rows if choice.persona in {"", row["persona"]}]


def k_by_loop(rows: list[dict[str, Any]], choice: DashboardFilter) -> dict[str, KFactor]:
    """K by loop; the key "" is all loops together, unless one was chosen."""
    return {str(loop): k_factor(sums) for (loop,), sums in sums_by(of_persona(rows, choice), "loop").items()}


def read_out_of(found: KFactor, choice: DashboardFilter, today: date) -> ReadOut:
    return read_out(found.fvm, is_mature=choice.is_mature(today))


def interval(label: str, found: Estimate, choice: DashboardFilter, today: date) -> LabeledInterval:
    """A row of a plot, colored only when the read-out is pass or fail."""
    verdict = read_out(found, is_mature=choice.is_mature(today))
    return LabeledInterval(f"{label} (n {found.people})", found.value, found.low, found.high, verdict.word == "not yet")


def interval_text(found: Estimate) -> str:
    """0.35 to 0.58, n 200"""
    return f"{fmt.interval(found.low, found.high)}, n {fmt.count(found.people)}"


NO_EXPOSURES = k_factor(Sums())


def curve(amounts: CountSums, days: list[date], today: date) -> tuple[float | None, ...]:
    """Referees per exposed person up to each day since exposure; None for days that the cohort has not reached."""
    people = sum(amounts.daily(days, "k_people"))
    if not people:
        return ()
    found, total = list[float | None](), 0
    for age in range(WINDOW.days):
        total += sum(amounts.daily(days, "k_age", part=f"{age:02d}"))
        is_over = max(days) + timedelta(days=age + 2) <= today
        found.append(total / people if is_over else None)
    return tuple(found)


def loop_of(choice: DashboardFilter) -> str:
    return choice.loop or ANY_LOOP
