from datetime import date

from tests.charts.svg_reader import attribute, found, words
from viral_engine.charts import Axis, LineChart, Point, ReferenceLine, Series, cohort_curves, figure


def line(*ys: float | None) -> Series:
    return Series("Ada", tuple(Point(x, y) for x, y in enumerate(ys)))


def test_a_line_goes_through_its_points() -> None:
    chart = LineChart("K", (line(0, 5, 10),))
    assert attribute(chart, "path", "chart-line", "d") == ["M42 250L311 145L580 40"]
    assert attribute(chart, "circle", "", "cx") == ["42", "311", "580"]
    assert words(chart, "chart-tick") == ["0", "5", "10", "0", "1", "2"]


def test_points_are_drawn_in_order_whatever_their_order() -> None:
    shuffled = Series("Ada", (Point(2, 10), Point(0, 0), Point(1, 5)))
    assert LineChart("K", (shuffled,)).svg() == LineChart("K", (line(0, 5, 10),)).svg()


def test_a_gap_breaks_the_line_and_a_lone_point_is_a_dot() -> None:
    chart = LineChart("K", (line(0, 5, None, 10),))
    assert attribute(chart, "path", "chart-line", "d")[0].count("M") == 1
    assert len(found(chart, "circle")) == 3


def test_a_long_line_has_a_dot_at_its_end_and_on_what_stands_alone() -> None:
    values = [float(n % 7) for n in range(80)]
    chart = LineChart("K", (line(*values[:40], None, 3.0, None, *values[40:]),))
    assert [node[0].text for node in found(chart, "circle")] == ["Ada: 41, 3", "Ada: 82, 2"]


def test_a_band_encloses_its_bounds() -> None:
    series = Series("Ada", (Point(0, 5, 0, 10), Point(1, 5, 5, 10), Point(2, 5)))
    chart = LineChart("K", (series,))
    assert attribute(chart, "path", "chart-band", "d") == ["M42 40L311 40L311 145L42 250Z"]


def test_the_reference_is_in_sight_and_named() -> None:
    chart = LineChart("K", (line(0, 0.5),), reference=ReferenceLine(1.2, "goal 1.20"))
    assert attribute(chart, "path", "chart-reference", "d") == ["M55 82H586"]
    assert words(chart, "chart-reference-label") == ["goal 1.20"]


def test_days_are_ticks_of_a_time_axis() -> None:
    days = Series("Ada", tuple(Point(date(2026, 11, day), 1) for day in (1, 2, 3)))
    assert words(LineChart("K", (days,)), "chart-tick")[-3:] == ["Nov 1", "Nov 2", "Nov 3"]


def test_one_point_is_a_dot_without_a_line() -> None:
    chart = LineChart("K", (line(3),))
    assert attribute(chart, "path", "chart-line", "d") == [""]
    assert attribute(chart, "circle", "", "cy") == ["40"]
    moment = LineChart("K", (Series("Ada", (Point(date(2026, 11, 1), 3),)),))
    assert attribute(moment, "circle", "", "cx") == ["304.5"]
    assert words(moment, "chart-tick")[-1] == "Nov 1"


def test_nothing_is_said_in_words() -> None:
    for empty in (LineChart("K", ()), LineChart("K", (line(),)), LineChart("K", (line(None, float("nan")),))):
        assert words(empty, "chart-empty") == ["No data yet"]


def test_cohorts_stop_where_their_days_stop_and_the_newest_is_strongest() -> None:
    chart = cohort_curves("K", [("old", (0.0, 1.0, 2.0)), ("new", (0.0, 1.5, None))], y_axis=Axis("K"))
    assert attribute(chart, "path", "chart-line", "class") == ["chart-line chart-tone-2", "chart-line chart-tone-1"]
    assert [path.count("L") for path in attribute(chart, "path", "chart-line", "d")] == [2, 1]
    assert chart.table().rows == (("0", "0", "0"), ("1", "1", "1.50"), ("2", "2", "n/a"))


def test_a_legend_is_drawn_for_several_series_only() -> None:
    assert "chart-legend" not in figure(LineChart("K", (line(1, 2),)))
    assert figure(LineChart("K", (line(1, 2), line(3)))).count("<li>") == 2


def test_the_table_has_a_row_for_every_place() -> None:
    series = (line(1, 0.5), Series("Bo", (Point(1, 2, 1, 3), Point(7, 4))))
    assert LineChart("K", series, x_axis=Axis("Day")).table().head == ("Day", "Ada", "Bo")
    assert LineChart("K", series).table().rows == (("0", "1", ""), ("1", "0.50", "2 (1 to 3)"), ("7", "", "4"))
