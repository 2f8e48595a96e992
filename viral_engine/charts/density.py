"""Probability densities of several arms: the likely range of each true rate."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from viral_engine.charts.frame import PLAIN, Axis, Frame, Reference, frame_of, size_with
from viral_engine.charts.rules.paths import Spot, area_path, line_path
from viral_engine.charts.rules.scales import known
from viral_engine.charts.svg import join, nothing, picture, tag
from viral_engine.charts.table import Entry, Table, series_class
from viral_engine.formatting import exact_text, label_text


@dataclass(frozen=True, slots=True)
class Density:
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
            if known(x) is not None and known(height) is not None and height >= 0
        ]


@dataclass(frozen=True, slots=True)
class DensityChart:
    """Overlapping density curves; heights have no unit, so there is no y axis."""

    title: str
    arms: tuple[Density, ...]
    description: str = ""
    axis: Axis = PLAIN
    reference: Reference | None = None
    empty: str = "No data yet"

    def svg(self) -> SafeString:
        """Cost  about 0.2 ms per arm of 61 points."""
        curves = [(number, arm, arm.drawable()) for number, arm in enumerate(self.arms)]
        points = [point for _, _, curve in curves for point in curve]
        if not points:
            return nothing(self.title, self.empty, size=size_with(self.axis), kind="density")
        xs = [x for x, _ in points] + ([self.reference.value] if self.reference else [])
        frame = frame_of(xs, [height for _, height in points], unit="", x_unit=self.axis.unit).without_levels()
        return picture(
            self.title,
            self.description,
            frame.draw(self.axis, PLAIN),
            *(_draw_curve(frame, number, arm, curve) for number, arm, curve in curves),
            frame.column_at(self.reference) if self.reference else join(),
            size=size_with(self.axis),
            kind="density",
        )

    def legend(self) -> tuple[Entry, ...]:
        return tuple((series_class(number), arm.name) for number, arm in enumerate(self.arms))

    def table(self) -> Table:
        unit = self.axis.unit
        rows = tuple(
            (arm.name, *(exact_text(value, unit) for value in (arm.center, arm.low, arm.high))) for arm in self.arms
        )
        return Table(("Arm", self.axis.label or "Estimate", "Low", "High"), rows)


def _draw_curve(frame: Frame, number: int, arm: Density, curve: list[tuple[float, float]]) -> SafeString:
    look = series_class(number)
    upper: list[Spot] = [(frame.x.at(x), frame.y.at(height)) for x, height in curve]
    lower: list[Spot] = [(x, frame.y.start) for x, _ in upper]
    center = known(arm.center)
    return tag(
        "g",
        tag("title", label_text(arm.name)),
        tag("path", d=area_path(upper, lower), class_=f"chart-band {look}"),
        tag("path", d=line_path([upper]), class_=f"chart-line {look}"),
        tag("circle", cx=frame.x.at(center), cy=frame.y.start, r=5, class_=f"chart-dot {look}")
        if center is not None
        else join(),
    )
