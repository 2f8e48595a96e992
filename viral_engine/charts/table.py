"""The data table of a chart, for screen readers and exact numbers, and the figure that holds both."""

from dataclasses import dataclass
from typing import Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from viral_engine.charts.svg import escape_text, tag

MAX_ROWS = 400
LegendEntry = tuple[str, str]  # CSS class and name of a series


@dataclass(frozen=True, slots=True)
class DataTable:
    """The texts of a data table."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Chart(Protocol):
    """The interface of every chart. A legend with one entry is not drawn."""

    @property
    def title(self) -> str: ...

    def svg(self) -> SafeString: ...

    def table(self) -> DataTable: ...

    def legend(self) -> tuple[LegendEntry, ...]: ...


def figure(chart: Chart) -> SafeString:
    """Title, legend, chart, and the data table behind "Show the numbers", which works without script.

    Cost  no query; the chart as it states, the table about 15 us per row.
    """
    return format_html(
        '<figure class="chart"><figcaption>{}</figcaption>{}{}{}</figure>',
        escape_text(chart.title),
        draw_legend(chart.legend()),
        chart.svg(),
        data_table(chart.title, chart.table()),
    )


def draw_legend(entries: tuple[LegendEntry, ...]) -> SafeString:
    """The legend as a list; empty with fewer than two entries."""
    if len(entries) <= 1:
        return SafeString()
    rows = format_html_join("", "<li>{}{}</li>", ((_swatch(look), escape_text(name)) for look, name in entries))
    return format_html('<ul class="chart-legend">{}</ul>', rows)


def data_table(title: str, table: DataTable) -> SafeString:
    """A table inside <details>, limited to 400 rows with a note about the rest."""
    if not table.rows:
        return SafeString()
    head = format_html_join("", '<th scope="col">{}</th>', ((escape_text(cell),) for cell in table.head))
    rows = format_html_join("", "<tr>{}</tr>", ((_cells(row),) for row in table.rows[:MAX_ROWS]))
    return format_html(
        '<details class="chart-data"><summary>Show the numbers</summary>'
        '<div class="chart-scroll" role="region" tabindex="0" aria-label="{}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}</div></details>",
        escape_text(title),
        head,
        rows,
        _rows_not_shown(len(table.rows) - MAX_ROWS),
    )


def _cells(row: tuple[str, ...]) -> SafeString:
    head = format_html('<th scope="row">{}</th>', escape_text(row[0]))
    return format_html(
        "{}{}", head, format_html_join("", '<td class="number">{}</td>', ((escape_text(cell),) for cell in row[1:]))
    )


def _rows_not_shown(count: int) -> SafeString:
    return format_html('<p class="muted small">{} more rows are not shown.</p>', count) if count > 0 else SafeString()


def _swatch(look: str) -> SafeString:
    line = tag("path", d="M1 6h22", class_=f"chart-line {look}")
    return tag("svg", line, viewBox="0 0 24 12", aria_hidden="true")


def series_class(number: int) -> str:
    """The CSS class of a series: six colors, then the same colors dashed, so that 12 series look different."""
    return f"chart-s{number % 6 + 1}" + (" chart-dashed" if number // 6 % 2 else "")
