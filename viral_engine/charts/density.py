"""Probability densities of several arms: the likely range of each true rate."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from viral_engine.charts.axes import PLAIN, Axes, Axis, ReferenceLine, axes_for, chart_size
from viral_engine.charts.rules.paths import Position, area_path, line_path
from viral_engine.charts.rules.scales import drawable
from viral_engine.charts.svg import empty_chart, join, svg_root, tag
from viral_engine.charts.table import DataTable, LegendEntry, series_class
from viral_engine.formatting import exact_text, label_text


@dataclass(frozen=True, slots=True)
class DensityCurve:
    """`curve` holds (value, density) with rising values; the table shows `center` and the bounds."""

    name: str
    curve: tuple[tuple[float, float], ...]
    center: float | None = None
    low: float | None = None
    high: float | None = None

    def drawable(self) -> list[tuple[float, float]]:
        return [
            (x, height)
            for x, height in self.curve
            if drawable(x) is not None and drawable(height) is not None and height >= 0
        ]


@dataclass(frozen=True, slots=True)
class DensityChart:
    """Overlapping density curves; heights have no unit, so there is no y axis."""

    title: str
    arms: tuple[DensityCurve, ...]
    description: str = ""
    axis: Axis = PLAIN
    reference: ReferenceLine | None = None
    empty: str = "No data yet"

    def svg(self) -> SafeString:
        """Cost  about 0.2 ms per arm of 61 points."""
        curves = [(number, arm, arm.drawable()) for number, arm in enumerate(self.arms)]
        points = [point for _, _, curve in curves for point in curve]
        if not points:
            return empty_chart(self.title, self.empty, size=chart_size(self.axis), kind="density")
        xs = [x for x, _ in points] + ([self.reference.value] if self.reference else [])
        frame = axes_for(xs, [height for _, height in points], unit="", x_unit=self.axis.unit).without_levels()
        return svg_root(
            self.title,
            self.description,
            frame.draw(self.axis, PLAIN),
            *(_draw_curve(frame, number, arm, curve) for number, arm, curve in curves),
            frame.column_at(self.reference) if self.reference else join(),
            size=chart_size(self.axis),
            kind="density",
        )

    def legend(self) -> tuple[LegendEntry, ...]:
        return tuple((series_class(number), arm.name) for number, arm in enumerate(self.arms))

    def table(self) -> DataTable:
        unit = self.axis.unit
        rows = tuple(
            (arm.name, *(exact_text(value, unit) for value in (arm.center, arm.low, arm.high))) for arm in self.arms
        )
        return DataTable(("Arm", self.axis.label or "Estimate", "Low", "High"), rows)


def _draw_curve(frame: Axes, number: int, arm: DensityCurve, curve: list[tuple[float, float]]) -> SafeString:
    look = series_class(number)
    upper: list[Position] = [(frame.x.at(x), frame.y.at(height)) for x, height in curve]
    lower: list[Position] = [(x, frame.y.start) for x, _ in upper]
    center = drawable(arm.center)
    return tag(
        "g",
        tag("title", label_text(arm.name)),
        tag("path", d=area_path(upper, lower), class_=f"chart-band {look}"),
        tag("path", d=line_path([upper]), class_=f"chart-line {look}"),
        tag("circle", cx=frame.x.at(center), cy=frame.y.start, r=5, class_=f"chart-dot {look}")
        if center is not None
        else join(),
    )
