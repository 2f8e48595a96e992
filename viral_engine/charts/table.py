"""The same data as words, for who does not see the picture or wants the exact numbers; and the frame for both."""

from dataclasses import dataclass
from typing import Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from viral_engine.charts.svg import clean, tag

MOST_ROWS = 400
Entry = tuple[str, str]  # classes of a series, its name


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Chart(Protocol):
    """What every chart can do. A legend of one entry is not drawn."""

    @property
    def title(self) -> str: ...

    def svg(self) -> SafeString: ...

    def table(self) -> Table: ...

    def legend(self) -> tuple[Entry, ...]: ...


def figure(chart: Chart) -> SafeString:
    """Title, legend, picture, and the numbers behind a "Show the numbers" that works without script.

    Cost  no query; the picture as stated there, the table about 15 us a row.
    """
    return format_html(
        '<figure class="chart"><figcaption>{}</figcaption>{}{}{}</figure>',
        clean(chart.title),
        draw_legend(chart.legend()),
        chart.svg(),
        data_table(chart.title, chart.table()),
    )


def draw_legend(entries: tuple[Entry, ...]) -> SafeString:
    if len(entries) <= 1:
        return SafeString()
    rows = format_html_join("", "<li>{}{}</li>", ((_swatch(look), clean(name)) for look, name in entries))
    return format_html('<ul class="chart-legend">{}</ul>', rows)


def data_table(title: str, table: Table) -> SafeString:
    """A table inside <details>; past 400 rows it says how many it leaves out."""
    if not table.rows:
        return SafeString()
    head = format_html_join("", '<th scope="col">{}</th>', ((clean(cell),) for cell in table.head))
    rows = format_html_join("", "<tr>{}</tr>", ((_cells(row),) for row in table.rows[:MOST_ROWS]))
    return format_html(
        '<details class="chart-data"><summary>Show the numbers</summary>'
        '<div class="chart-scroll" role="region" tabindex="0" aria-label="{}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}</div></details>",
        clean(title),
        head,
        rows,
        _left_out(len(table.rows) - MOST_ROWS),
    )


def _cells(row: tuple[str, ...]) -> SafeString:
    head = format_html('<th scope="row">{}</th>', clean(row[0]))
    return format_html(
        "{}{}", head, format_html_join("", '<td class="number">{}</td>', ((clean(cell),) for cell in row[1:]))
    )


def _left_out(count: int) -> SafeString:
    return (
        format_html('<p class="muted small">{} more rows are left out here.</p>', count) if count > 0 else SafeString()
    )


def _swatch(look: str) -> SafeString:
    line = tag("path", d="M1 6h22", class_=f"chart-line {look}")
    return tag("svg", line, viewBox="0 0 24 12", aria_hidden="true")


def series_class(number: int) -> str:
    """Six colors; the seventh series on are dashed, so that no two look the same before the thirteenth."""
    return f"chart-s{number % 6 + 1}" + (" chart-dashed" if number // 6 % 2 else "")
