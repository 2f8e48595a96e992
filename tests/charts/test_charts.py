"""Properties of every chart, whatever it is given."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts.svg_reader import SVG, numbers, parsed, words
from viral_engine.charts import (
    Axis,
    Bar,
    BarChart,
    Chart,
    DensityChart,
    DensityCurve,
    Funnel,
    FunnelStep,
    Histogram,
    HistogramBin,
    IntervalPlot,
    LabeledInterval,
    LineChart,
    Point,
    ReferenceLine,
    Series,
    Sparkline,
    cohort_curves,
    figure,
)

DataRow = tuple[str, float | None, float | None, float | None]
Maker = Callable[[str, list[DataRow]], Chart]


def number_or_zero(value: float | None) -> float:
    return 0.0 if value is None else value


def line_chart(title: str, rows: list[DataRow]) -> Chart:
    points = tuple(Point(number_or_zero(low), value, low, high) for _, value, low, high in rows)
    series = tuple(Series(name, points) for name, *_ in rows[:3])
    return LineChart(title, series, reference=ReferenceLine(number_or_zero(rows[0][1]) if rows else 1.0, title))


def moments(title: str, rows: list[DataRow]) -> Chart:
    days = [date.min, date.max, date(2026, 11, 21), datetime(2026, 11, 21, 12, tzinfo=UTC)]
    points = tuple(Point(days[n % 4], value, low, high) for n, (_, value, low, high) in enumerate(rows))
    return LineChart(title, (Series(title, points),), from_zero=False, y_axis=Axis(title, "%"))


MAKERS: dict[str, Maker] = {
    "line": line_chart,
    "time": moments,
    "cohorts": lambda title, rows: cohort_curves(title, [(name, numbers) for name, *numbers in rows]),  # type: ignore[misc]
    "spark": lambda title, rows: Sparkline(title, tuple(row[1] for row in rows)),
    "intervals": lambda title, rows: IntervalPlot(
        title, tuple(LabeledInterval(*row) for row in rows), ReferenceLine(0, title), axis=Axis(title, "%")
    ),
    "bars": lambda title, rows: BarChart(title, tuple(Bar(name, value) for name, value, *_ in rows)),
    "histogram": lambda title, rows: Histogram(
        title, tuple(HistogramBin(number_or_zero(low), number_or_zero(high), value) for _, value, low, high in rows)
    ),
    "funnel": lambda title, rows: Funnel(title, tuple(FunnelStep(name, value) for name, value, *_ in rows)),
    "density": lambda title, rows: DensityChart(
        title,
        tuple(
            DensityCurve(name, tuple((number_or_zero(a), number_or_zero(b)) for _, a, b, _ in rows), value, low, high)
            for name, value, low, high in rows[:3]
        ),
        reference=ReferenceLine(0.5, title),
    ),
}
any_chart = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
any_number = st.none() | st.floats() | st.floats(-1, 1) | st.integers(0, 10**6).map(float)
any_rows = st.lists(st.tuples(st.text(max_size=60), any_number, any_number, any_number), max_size=12)
GOOD: list[DataRow] = [("Ada", 0.5, 0.25, 0.75), ("Bo", 1.0, 0.5, 1.25)]
FLAT = {"cohorts": "No cohort has a first day yet", "funnel": "No one has taken the first step yet"}


@any_chart
@settings(max_examples=40, deadline=None)
@given(title=st.text(max_size=60), rows=any_rows)
def test_any_input_draws_well_formed_xml_with_finite_numbers(make: Maker, title: str, rows: list[DataRow]) -> None:
    chart = make(title, rows)
    assert parsed(chart).tag == SVG + "svg"
    assert all(math.isfinite(number) for number in numbers(chart))
    assert ET.fromstring(figure(chart)).tag == "figure"  # noqa: S314  (our own)
    cells = [cell for row in chart.table().rows for cell in row[1:]]
    assert [cell for cell in cells if re.search(r"nan|inf", cell)] == []


@any_chart
def test_labels_are_escaped(make: Maker) -> None:
    wild = "<script>\"&'"
    drawn = figure(make(wild, [(wild, 0.5, 0.25, 0.75), (wild, 1.0, 0.5, 1.25)]))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


@any_chart
def test_a_chart_names_itself_and_carries_no_style(make: Maker) -> None:
    root = parsed(make("What it shows", GOOD))
    assert (root.get("role"), root[0].tag, root[0].text) == ("img", SVG + "title", "What it shows")
    assert root.get("viewBox", "").startswith("0 0 ")
    assert {key for node in root.iter() for key in node.attrib} & {"style", "id", "fill", "stroke"} == set()


@pytest.mark.parametrize("name", MAKERS)
def test_no_data_is_said_and_no_axis_is_drawn(name: str) -> None:
    for rows in ([], [("Ada", None, None, None)]):
        chart = MAKERS[name]("Empty", rows)  # type: ignore[arg-type]
        if name == "density" and rows:
            continue  # its curve is a point at zero: drawn, and covered above
        drawn = parsed(chart)
        said = {node.text for node in drawn.iter(SVG + "desc")}
        assert said == {FLAT.get(name, "No data yet")}
        assert [node for node in drawn.iter() if "chart-grid" in node.get("class", "")] == []


@any_chart
def test_huge_and_tiny_values_are_drawn(make: Maker) -> None:
    for size in (1e-300, 5e-324, 1e-12, 1e12, 1e300):
        chart = make("Size", [("Ada", size, size / 2, size), ("Bo", size / 3, 0.0, size / 2)])
        assert all(abs(number) <= 2000 for number in numbers(chart))
        assert words(chart, "chart-empty") == []


def test_every_class_a_chart_uses_is_styled() -> None:
    sheet = Path("viral_engine/static/site/charts.css").read_text()
    rows: list[DataRow] = [(f"Ada {n}", float(n), n - 1.0, n + 1.0) for n in range(14)]
    pages = "".join(figure(make(title, rows if title else [])) for make in MAKERS.values() for title in ("Ada", ""))
    used = {look for text in re.findall(r'class="([^"]*)"', pages) for look in text.split() if "chart" in look}
    plain = {"chart-tick", "chart-lines", "chart-intervals", "chart-bars", "chart-funnel", "chart-density"}
    assert {look for look in used - plain if f".{look}" not in sheet} == set()
