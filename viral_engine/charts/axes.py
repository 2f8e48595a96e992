"""Axes, grid and reference line of charts with two axes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString

from viral_engine.charts.rules.dates import DAY, time_ticks
from viral_engine.charts.rules.paths import Position
from viral_engine.charts.rules.scales import Scale, all_drawable, are_all_whole, round_ticks, ticks_within, value_span
from viral_engine.charts.svg import join, tag
from viral_engine.formatting import label_text, tick_text

WIDTH, HEIGHT, NAMED_HEIGHT = 600, 292, 320  # the taller one fits an x axis label
TOP, RIGHT, BOTTOM = 40, 586, 250
CHARACTER_WIDTH = 13  # units per character on a phone, where labels are larger
LINE_HEIGHT = 26  # units from one text line to the next
MIN_SPARE_TICKS = 3  # this many fit on any screen


@dataclass(frozen=True, slots=True)
class Axis:
    """With `unit` "%" values are shares, 0 to 1. Any other unit follows exact numbers; name it in the label too."""

    label: str = ""
    unit: str = ""


PLAIN = Axis()


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A value to compare with, drawn as a line across the chart."""

    value: float
    label: str


Tick = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Axes:
    """The scales and ticks of both axes."""

    x: Scale
    y: Scale
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]

    def draw(self, x_axis: Axis, y_axis: Axis) -> SafeString:
        """Draw grid lines, tick labels and axis labels."""
        return join(
            *(self._y_tick(value, text) for value, text in self.y_ticks),
            *(self._x_tick(number, value, text) for number, (value, text) in enumerate(self.x_ticks)),
            tag("text", label_text(y_axis.label), x=0, y=18, class_="chart-axis") if y_axis.label else "",
            tag("text", label_text(x_axis.label), x=RIGHT, y=312, class_="chart-axis", text_anchor="end")
            if x_axis.label
            else "",
        )

    def line_at(self, reference: ReferenceLine) -> SafeString:
        return tag("path", d=f"M{self.x.start:g} {self.y.at(reference.value):g}H{RIGHT}", class_="chart-reference")

    def name_at(self, reference: ReferenceLine, drawn: Iterable[Position | None]) -> SafeString:
        """The label of a reference line, on the side with fewer data points; drawn last, over the data."""
        y, text = self.y.at(reference.value), label_text(reference.label)
        from_x = RIGHT - CHARACTER_WIDTH * len(text)
        near = [spot[1] for spot in drawn if spot and spot[0] > from_x and abs(spot[1] - y) < LINE_HEIGHT]
        is_above = y > TOP + LINE_HEIGHT and (
            y > BOTTOM - LINE_HEIGHT or 2 * sum(height < y for height in near) <= len(near)
        )
        place = y - 8 if is_above else y + 23
        return tag("text", text, x=RIGHT, y=place, class_="chart-reference-label", text_anchor="end")

    def column_at(self, reference: ReferenceLine) -> SafeString:
        """The reference as a vertical line with its label on top."""
        x = self.x.at(reference.value)
        anchor = "start" if x < WIDTH / 3 else "end" if x > WIDTH * 2 / 3 else "middle"
        label = label_text(reference.label)
        name = tag("text", label, x=x, y=TOP - 14, class_="chart-reference-label", text_anchor=anchor)
        return join(tag("path", d=f"M{x:g} {TOP - 6}V{BOTTOM}", class_="chart-reference"), name)

    def without_levels(self) -> "Axes":
        """The same axes for heights without a unit: only the baseline is drawn, and the x axis uses the full width."""
        return Axes(replace(self.x, start=14), self.y, self.x_ticks, ((self.y.low, ""),))

    def _y_tick(self, value: float, text: str) -> SafeString:
        y = self.y.at(value)
        kind = "chart-zero" if value == 0 else "chart-grid"
        label = tag("text", text, x=self.x.start - 10, y=y, dy="0.35em", class_="chart-tick", text_anchor="end")
        return join(tag("path", d=f"M{self.x.start:g} {y:g}H{RIGHT}", class_=kind), label)

    def _x_tick(self, number: int, value: float, text: str) -> SafeString:
        x = self.x.at(value)
        anchor = "end" if x + CHARACTER_WIDTH / 2 * len(text) > WIDTH else "middle"
        is_spare = number % 2 and len(self.x_ticks) > MIN_SPARE_TICKS  # hidden on narrow screens
        look = "chart-tick chart-spare" if is_spare else "chart-tick"
        return tag("text", text, x=x, y=BOTTOM + 28, class_=look, text_anchor=anchor)


def chart_size(x_axis: Axis) -> tuple[int, int]:
    """Width and height of a chart; an x axis label needs more height."""
    return WIDTH, NAMED_HEIGHT if x_axis.label else HEIGHT


def value_ticks(
    values: Iterable[float | None], unit: str, *, from_zero: bool
) -> tuple[tuple[float, ...], tuple[Tick, ...]]:
    """Round tick values that enclose all given values, and their labels."""
    found = all_drawable(values)
    ticks = round_ticks(*value_span(found, from_zero=from_zero), wanted=4, whole=unit != "%" and are_all_whole(found))
    return ticks, tuple((tick, tick_text(tick, ticks[1] - ticks[0], unit)) for tick in ticks)


def axes_for(
    xs: list[float],
    ys: Iterable[float | None],
    *,
    unit: str,
    x_unit: str = "",
    from_zero: bool = True,
    time_step_s: int | None = None,
) -> Axes:
    """Axes whose y axis encloses all `ys` with round numbers and whose x axis ends with the data.

    Units  with `time_step_s`, x is UTC epoch seconds and ticks are at least this far apart; None: x is a number.
    """
    levels, y_ticks = value_ticks(ys, unit, from_zero=from_zero)
    left = min(160, 16 + CHARACTER_WIDTH * max(len(text) for _, text in y_ticks))
    if time_step_s is None:
        low, high = value_span(xs)
        x_ticks = _number_ticks(low, high, xs, x_unit)
    else:
        low, high = (min(xs), max(xs)) if min(xs) < max(xs) else (xs[0] - DAY / 2, xs[0] + DAY / 2)
        x_ticks = time_ticks(low, high, least=time_step_s)
    return Axes(Scale(low, high, left, RIGHT - 6), Scale(levels[0], levels[-1], BOTTOM, TOP), x_ticks, y_ticks)


def _number_ticks(low: float, high: float, xs: list[float], unit: str) -> tuple[Tick, ...]:
    ticks = ticks_within(low, high, whole=unit != "%" and are_all_whole(xs))
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
    return tuple((tick, tick_text(tick, step, unit)) for tick in ticks)
