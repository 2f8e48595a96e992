"""What a dashboard is made of: cards of tiles, charts and tables, and what they read."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitoring.growth.rules.choices import Choice
from monitoring.growth.rules.k_factor import Verdict
from monitoring.models import GrowthCount
from viral_engine.charts import Chart, Sparkline


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    value: str
    note: str = ""
    verdict: Verdict | None = None
    spark: Sparkline | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the first cell of a row is its head. No row at all is said in words."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "Nothing in these days."
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    slug: str
    title: str
    lead: str = ""
    tiles: tuple[Tile, ...] = ()
    charts: tuple[Chart, ...] = ()
    grids: tuple[Grid, ...] = ()
    empty: str = ""  # said instead of tiles, charts and tables
    links: tuple[tuple[str, str], ...] = ()  # address, text
    is_wide: bool = False


class Amounts:
    """Sums of counts, asked for by any of the columns they were grouped by."""

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
        """What the column holds anywhere, in order."""
        return sorted({row[column] for row in self._rows(measures, {})})

    def daily(self, days: Iterable[date], *measures: str, **only: object) -> tuple[int, ...]:
        found = Counter[date]()
        for row in self._rows(measures, only):
            found[row["on"]] += row["total"]
        return tuple(found[day] for day in days)


def read_amounts(
    measures: Collection[str], span: tuple[date, date], choice: Choice, *columns: str, loops: Collection[str] = ()
) -> Amounts:
    """Sums of the choice's persona, and of `loops` alone where named; 1 query over rollups."""
    rows = GrowthCount.objects.all().of(measures, since=span[0], until=span[1])
    if choice.persona:
        rows = rows.filter(persona=choice.persona)
    if loops:
        rows = rows.filter(loop__in=loops)
    return Amounts(rows.summed("measure", *columns))


def loops_of(choice: Choice) -> tuple[str, ...]:
    """The loop that was chosen, or no restriction."""
    return (choice.loop,) if choice.loop else ()
