"""The parts of a dashboard: cards of tiles, charts and tables, and the sums they read."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from loops.rules.k_factor import ReadOut
from monitoring.growth.rules.filters import WITHOUT_LOOP, WITHOUT_PERSONA, DashboardFilter
from monitoring.models.growth import GrowthCount, GrowthCountQuerySet
from viral_engine.charts import Chart, Sparkline
from viral_engine.safety.rules import WEIGHTS

ORGANIC = {"part": "organic"}
SIGN_UP_SIGNALS = frozenset(WEIGHTS)


@dataclass(frozen=True, slots=True)
class DashboardTile:
    label: str
    value: str
    note: str = ""
    read_out: ReadOut | None = None
    spark: Sparkline | None = None


@dataclass(frozen=True, slots=True)
class DashboardTable:
    """A table; the first cell of a row is its head. `empty` replaces a table without rows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "Nothing in these days."
    note: str = ""


@dataclass(frozen=True, slots=True)
class DashboardCard:
    slug: str
    title: str
    lead: str = ""
    tiles: tuple[DashboardTile, ...] = ()
    charts: tuple[Chart, ...] = ()
    grids: tuple[DashboardTable, ...] = ()
    empty: str = ""  # shown instead of tiles, charts and tables
    links: tuple[tuple[str, str], ...] = ()  # address, text
    is_wide: bool = False


class CountSums:
    """Sums of counts, by any of the columns they were grouped by."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._by_measure: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            self._by_measure[row["measure"]].append(row)

    def __bool__(self) -> bool:
        return bool(self._by_measure)

    def _rows(self, measures: Iterable[str], only: dict[str, object]) -> Iterator[dict[str, Any]]:
        for measure in measures:
            for row in self._by_measure.get(measure, ()):
                if all(row[name] == value for name, value in only.items()):
                    yield row

    def sum(self, *measures: str, **only: object) -> int:
        return sum(row["total"] for row in self._rows(measures, only))

    def named(self, column: str, *measures: str) -> list[Any]:
        """Values of the column, in order."""
        return sorted({row[column] for row in self._rows(measures, {})})

    def daily(self, days: Iterable[date], *measures: str, **only: object) -> tuple[int, ...]:
        found = Counter[date]()
        for row in self._rows(measures, only):
            found[row["on"]] += row["total"]
        return tuple(found[day] for day in days)


def filtered_counts(measures: Collection[str], span: tuple[date, date], choice: DashboardFilter) -> GrowthCountQuerySet:
    """The counts of some days; each measure only under the filters that can split it."""
    rows = GrowthCount.objects.all().of(measures, since=span[0], until=span[1])
    for column, value, unfiltered in (
        ("loop", choice.loop, WITHOUT_LOOP),
        ("persona", choice.persona, WITHOUT_PERSONA),
    ):
        if value:
            rows = rows.filter(Q(**{column: value}) | Q(measure__in=unfiltered.intersection(measures)))
    return rows


def read_amounts(
    measures: Collection[str], span: tuple[date, date], choice: DashboardFilter, *columns: str, **only: object
) -> CountSums:
    """Sums of the filtered counts by measure and columns, narrowed by `only`; 1 query over rollups."""
    return CountSums(filtered_counts(measures, span, choice).filter(**only).summed("measure", *columns))


def sign_ups_held(amounts: CountSums) -> list[str]:
    """The reasons among refusals that are signals of a sign-up; refused actions have codes of their own."""
    return [part for part in amounts.named("part", "refused") if set(part.split(", ")) <= SIGN_UP_SIGNALS]


def referred_only(choice: DashboardFilter) -> dict[str, str]:
    """Selects sign-ups through a link, of the chosen loop if there is one."""
    return {"part": "referred"} | ({"loop": choice.loop} if choice.loop else {})


def unfiltered_note(choice: DashboardFilter, measure: str, what: str) -> str:
    """A note on the filters that cannot split a measure; empty when all filters apply."""
    columns = (("loops", choice.loop, WITHOUT_LOOP), ("people", choice.persona, WITHOUT_PERSONA))
    kinds = [kind for kind, value, unfiltered in columns if value and measure in unfiltered]
    return f"{what}: all {' and '.join(kinds)}, whatever the filter." if kinds else ""


def latencies_of(amounts: CountSums, agent: str) -> dict[int, int]:
    """Number of decisions by latency bucket."""
    found = {}
    for part in amounts.named("part", "agent_latency"):
        name, _, number = part.rpartition(":")
        if name == agent:
            found[int(number)] = amounts.sum("agent_latency", part=part)
    return found
