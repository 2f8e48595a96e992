from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from monitoring.charts import TrendChart, trend_charts
from monitoring.models import HealthCheck
from tests.charts.svg_reader import SVG


def drawn(at: datetime, *latencies: float | None, **fields: float) -> dict[str, TrendChart]:
    checks = [
        HealthCheck(at=at + timedelta(seconds=30 * number), latency_avg_ms=latency, **fields)
        for number, latency in enumerate(latencies)
    ]
    return {trend.title: trend for trend in trend_charts(checks)}


def lines_of(trend: TrendChart) -> list[str]:
    """The lines that go anywhere."""
    nodes = ET.fromstring(trend.svg).iter(f"{SVG}path")  # noqa: S314  (our own)
    lines = [node.get("d", "") for node in nodes if "chart-line" in node.get("class", "").split()]
    return [line for line in lines if line]


def test_a_thousand_checks_are_a_hundred_points(at: datetime) -> None:
    [line] = lines_of(drawn(at, *map(float, range(1000)))["Decision latency"])
    assert line.count("L") == 99


def test_what_could_not_be_told_is_a_gap(at: datetime) -> None:
    [line] = lines_of(drawn(at, 1.0, 2.0, None, None, 4.0, 5.0)["Decision latency"])
    assert line.count("M") == 2


@pytest.mark.parametrize(("latency", "is_drawn"), [(74.0, False), (75.0, True), (400.0, True)])
def test_a_limit_is_drawn_once_it_comes_near(at: datetime, latency: float, is_drawn: bool) -> None:
    trend = drawn(at, latency, latency)["Decision latency"]
    assert ("chart-reference" in trend.svg) is is_drawn
    assert trend.newest == f"{latency:.0f} ms"


def test_shares_are_percent_and_nothing_is_nothing(at: datetime) -> None:
    failing = drawn(at, 1.0, 1.0, requests=200, errors=5)
    assert failing["Requests that failed"].newest == "2.5%"
    assert drawn(at, 1.0)["Requests that failed"].newest == "nothing yet"
    assert failing["Learners online"].newest == "nothing yet"
