"""Read a chart's SVG back."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from viral_engine.charts import Chart

SVG = "{http://www.w3.org/2000/svg}"


def parsed(chart: Chart) -> ET.Element:
    return ET.fromstring(chart.svg())  # noqa: S314  (our own)


def found(chart: Chart, name: str, look: str = "") -> list[ET.Element]:
    return [node for node in parsed(chart).iter(SVG + name) if look in node.get("class", "").split() or not look]


def attribute(chart: Chart, name: str, look: str, key: str) -> list[str]:
    return [node.get(key, "") for node in found(chart, name, look)]


def words(chart: Chart, look: str) -> list[str]:
    return [node.text or "" for node in found(chart, "text", look)]


def numbers(chart: Chart) -> Iterator[float]:
    """All numbers of the geometry."""
    for node in parsed(chart).iter():
        for key in ("x", "y", "cx", "cy", "r", "rx", "width", "height", "d", "viewBox"):
            for number in re.findall(r"[^\sA-Za-z]+|nan|inf", node.get(key, "")):
                yield float(number)
