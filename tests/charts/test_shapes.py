"""Literal positions of bars, funnels, intervals, densities, sparklines; and the table beside them."""

import pytest

from tests.charts.svg_reader import attribute, found, parsed, words
from viral_engine.charts import (
    Axis,
    Bar,
    BarChart,
    DataTable,
    DensityChart,
    DensityCurve,
    Funnel,
    FunnelStep,
    Histogram,
    HistogramBin,
    IntervalPlot,
    LabeledInterval,
    ReferenceLine,
    Sparkline,
    data_table,
)

LIFTS = (
    LabeledInterval("Ada", 0.5, 0.25, 0.75),
    LabeledInterval("Bo", 0.1, -0.25, 0.5),
    LabeledInterval("Cy", -0.5, -1.0, -0.25),
)


def test_bars_are_as_long_as_their_values() -> None:
    chart = BarChart("Invites", (Bar("Copy", 100), Bar("SMS", 25), Bar("E-mail", None), Bar("Refund", -5)))
    assert attribute(chart, "rect", "chart-bar", "width") == ["592", "148", "0", "0"]
    assert words(chart, "chart-value") == ["100", "25", "n/a", "\N{MINUS SIGN}5"]
    assert parsed(chart).get("viewBox") == "0 0 600 232"


def test_a_histogram_stands_on_its_edges() -> None:
    chart = Histogram("Scores", (HistogramBin(0, 50, 2), HistogramBin(50, 100, 4)))
    boxes = [[node.get(key) for key in ("x", "y", "width", "height")] for node in found(chart, "rect", "chart-bar")]
    assert boxes == [["30", "145", "273.5", "105"], ["305.5", "40", "273.5", "210"]]
    assert chart.table().rows == (("0 to 50", "2"), ("50 to 100", "4"))


def test_a_histogram_may_stand_on_marks_of_its_own() -> None:
    """Bins count in one measure, their labels and the axis tell another; the axis reaches from mark to mark."""
    bins = (HistogramBin(1, 2, 2, "1 to 10 s"), HistogramBin(2, 3, 4, "10 to 100 s"))
    chart = Histogram("Waits", bins, ticks=((0, "0 s"), (1, "1 s"), (4, "1,000 s")))
    assert attribute(chart, "rect", "chart-bar", "x") == ["167.75", "305.5"]
    assert attribute(chart, "rect", "chart-bar", "width") == ["135.75", "135.75"]
    assert words(chart, "chart-tick")[-3:] == ["0 s", "1 s", "1,000 s"]
    assert chart.table().rows == (("1 to 10 s", "2"), ("10 to 100 s", "4"))


def test_a_funnel_tells_what_goes_on() -> None:
    chart = Funnel(
        "Loop", (FunnelStep("Seen", 200), FunnelStep("Sent", 50), FunnelStep("Joined", 0), FunnelStep("Paid", 3))
    )
    assert attribute(chart, "rect", "chart-bar", "width") == ["592", "148", "0", "8.88"]
    assert words(chart, "chart-passage") == ["25% continue", "0% continue", "n/a continue"]
    assert chart.table().rows[1] == ("Sent", "50", "25%", "25%")
    assert chart.table().rows[3] == ("Paid", "3", "n/a", "1.5%")


def test_intervals_stand_left_or_right_of_the_line() -> None:
    chart = IntervalPlot("Lift", LIFTS, ReferenceLine(0, "control"), axis=Axis("Lift", "%"))
    assert [node.get("class") for node in found(chart, "g")] == ["chart-better", "chart-open", "chart-worse"]
    assert attribute(chart, "circle", "chart-mark", "cx") == ["438", "327.6", "162"]
    assert attribute(chart, "path", "chart-whisker", "d")[0] == "M369 81v14M369 88H507M507 81v14"
    assert attribute(chart, "path", "chart-reference", "d") == ["M300 36V250"]


def test_for_a_guardrail_lower_is_better() -> None:
    chart = IntervalPlot("Reports", LIFTS, ReferenceLine(0, "control"), higher_is_better=False)
    assert [chart.assessment(row) for row in LIFTS] == ["worse", "open", "better"]


@pytest.mark.parametrize("bounds", [(None, 1.0), (1.0, None), (float("nan"), 1.0), (1.0, float("inf"))])
def test_an_estimate_without_bounds_gets_no_verdict(bounds: tuple[float | None, float | None]) -> None:
    chart = IntervalPlot("Lift", (LabeledInterval("Ada", 2.0, *bounds),), ReferenceLine(0, "control"))
    assert [node.get("class") for node in found(chart, "g")] == ["chart-open"]
    assert found(chart, "path", "chart-whisker") == []
    assert chart.table().rows == (("Ada", "2", "n/a", "n/a"),)


def test_an_interval_that_touches_the_line_is_open() -> None:
    chart = IntervalPlot("K", (), ReferenceLine(1.2, "goal"))
    assert [chart.assessment(LabeledInterval("Ada", 1.3, low, 1.4)) for low in (1.2, 1.21)] == ["open", "better"]


def test_what_is_too_early_to_tell_is_open_wherever_it_lies() -> None:
    early = (LabeledInterval("Ada", 1.5, 1.3, 1.7, is_early=True), LabeledInterval("Bo", 0.5, 0.4, 0.6, is_early=True))
    chart = IntervalPlot("K", early, ReferenceLine(1.2, "goal"))
    assert [node.get("class") for node in found(chart, "g")] == ["chart-open", "chart-open"]
    assert len(found(chart, "path", "chart-whisker")) == 2


def test_densities_are_hills_on_one_ground() -> None:
    hill = DensityCurve("Ada", ((0, 0), (1, 4), (2, 0)), center=1, low=0.5, high=1.5)
    chart = DensityChart("Rates", (hill, DensityCurve("Bo", ((2, 0), (3, 2), (4, 0)))))
    assert attribute(chart, "path", "chart-line", "d") == ["M14 250L155.5 40L297 250", "M297 250L438.5 145L580 250"]
    assert attribute(chart, "circle", "chart-dot", "cx") == ["155.5"]
    assert chart.table().rows == (("Ada", "1", "0.50", "1.50"), ("Bo", "n/a", "n/a", "n/a"))


def test_a_sparkline_ends_in_a_dot_and_says_its_range() -> None:
    chart = Sparkline("Loops", (0, 4, None, 2))
    assert attribute(chart, "path", "chart-line", "d") == ["M4 28L41.33 4"]
    assert (attribute(chart, "circle", "", "cx"), attribute(chart, "circle", "", "cy")) == (["116"], ["16"])
    assert parsed(chart)[1].text == "Latest 2, between 0 and 4."


def test_a_long_table_says_what_it_leaves_out() -> None:
    rows = tuple((str(n), "1") for n in range(403))
    drawn = data_table("Loops", DataTable(("Number", "Value"), rows))
    assert drawn.count("<tr>") == 401
    assert "3 more rows are not shown." in drawn
    assert data_table("Loops", DataTable(("Number", "Value"), ())) == ""
