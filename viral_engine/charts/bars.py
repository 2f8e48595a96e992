"""Bar charts and histograms."""

from dataclasses import dataclass, replace

from django.utils.safestring import SafeString

from viral_engine.charts.axes import PLAIN, WIDTH, Axis, Tick, axes_for, chart_size
from viral_engine.charts.rules.scales import Scale, all_drawable, drawable
from viral_engine.charts.svg import empty_chart, svg_root, tag
from viral_engine.charts.table import DataTable, LegendEntry
from viral_engine.formatting import exact_text, label_text

ROW, LEFT, RIGHT = 58, 4, 596
MIN_GAP_WIDTH = 4  # a narrower bin gets no gap


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float | None


@dataclass(frozen=True, slots=True)
class BarChart:
    """Horizontal bars, so that their labels fit on a phone. A negative value has no bar, but its number is shown."""

    title: str
    bars: tuple[Bar, ...]
    description: str = ""
    axis: Axis = PLAIN
    empty: str = "No data yet"

    def svg(self) -> SafeString:
        """Cost  about 40 us per bar."""
        values = all_drawable(bar.value for bar in self.bars)
        if not values:
            return empty_chart(self.title, self.empty, size=(WIDTH, 160), kind="bars")
        scale = Scale(0, max(values) if max(values) > 0 else 1, LEFT, RIGHT)
        rows = (self._draw_bar(scale, number, bar) for number, bar in enumerate(self.bars))
        return svg_root(self.title, self.description, *rows, size=(WIDTH, ROW * len(self.bars)), kind="bars")

    def legend(self) -> tuple[LegendEntry, ...]:
        return ()

    def table(self) -> DataTable:
        rows = tuple((bar.label, exact_text(bar.value, self.axis.unit)) for bar in self.bars)
        return DataTable(("", self.axis.label or "Amount"), rows)

    def _draw_bar(self, scale: Scale, number: int, bar: Bar) -> SafeString:
        top, value_text = ROW * number, exact_text(bar.value, self.axis.unit)
        end = scale.at(max(0.0, drawable(bar.value) or 0.0))
        return tag(
            "g",
            tag("text", label_text(bar.label), x=LEFT, y=top + 22, class_="chart-label"),
            tag("text", value_text, x=RIGHT, y=top + 22, class_="chart-value", text_anchor="end"),
            tag("rect", x=LEFT, y=top + 32, width=RIGHT - LEFT, height=14, rx=7, class_="chart-track"),
            tag(
                "rect", x=LEFT, y=top + 32, width=end - LEFT, height=14, rx=min(7, (end - LEFT) / 2), class_="chart-bar"
            ),
        )


@dataclass(frozen=True, slots=True)
class HistogramBin:
    """`count` values from `low` up to but not including `high`; `label` replaces the edges in text."""

    low: float
    high: float
    count: float | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars without names; `ticks` are (position, text) for an uneven x axis, for example a logarithmic one."""

    title: str
    bins: tuple[HistogramBin, ...]
    description: str = ""
    x_axis: Axis = PLAIN
    y_axis: Axis = PLAIN
    ticks: tuple[Tick, ...] = ()
    empty: str = "No data yet"

    def svg(self) -> SafeString:
        """Cost  about 20 us per bin."""
        bins = [piece for piece in self.bins if drawable(piece.low) is not None and drawable(piece.high) is not None]
        if not any(drawable(piece.count) for piece in bins):
            return empty_chart(self.title, self.empty, size=chart_size(self.x_axis), kind="bars")
        frame = axes_for(
            [*(edge for piece in bins for edge in (piece.low, piece.high)), *(place for place, _ in self.ticks)],
            [piece.count for piece in bins],
            unit=self.y_axis.unit,
            x_unit=self.x_axis.unit,
        )
        frame = replace(frame, x_ticks=self.ticks or frame.x_ticks)
        zero = frame.y.at(0)
        drawn = [
            (frame.x.at(min(piece.low, piece.high)), frame.x.at(max(piece.low, piece.high)), frame.y.at(count), piece)
            for piece in bins
            if (count := drawable(piece.count)) is not None and count > 0
        ]
        boxes = (_box(left, right, top, zero, self._bin_text(piece)) for left, right, top, piece in drawn)
        axes = frame.draw(self.x_axis, self.y_axis)
        return svg_root(self.title, self.description, axes, *boxes, size=chart_size(self.x_axis), kind="bars")

    def legend(self) -> tuple[LegendEntry, ...]:
        return ()

    def table(self) -> DataTable:
        rows = tuple((self._range(piece), exact_text(piece.count, self.y_axis.unit)) for piece in self.bins)
        return DataTable((self.x_axis.label or "From, to", self.y_axis.label or "Count"), rows)

    def _bin_text(self, piece: HistogramBin) -> str:
        return f"{self._range(piece)}: {exact_text(piece.count, self.y_axis.unit)}"

    def _range(self, piece: HistogramBin) -> str:
        return piece.label or f"{exact_text(piece.low, self.x_axis.unit)} to {exact_text(piece.high, self.x_axis.unit)}"


def _box(left: float, right: float, top: float, ground: float, title: str) -> SafeString:
    gap = 1 if right - left >= MIN_GAP_WIDTH else 0
    width = max(0.5, right - left - 2 * gap)
    return tag("rect", tag("title", title), x=left + gap, y=top, width=width, height=ground - top, class_="chart-bar")
