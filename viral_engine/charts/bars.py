"""Bar charts and histograms."""

from dataclasses import dataclass, replace

from django.utils.safestring import SafeString

from viral_engine.charts.frame import PLAIN, WIDTH, Axis, Tick, frame_of, size_with
from viral_engine.charts.rules.scales import Scale, all_known, known
from viral_engine.charts.svg import nothing, picture, tag
from viral_engine.charts.table import Entry, Table
from viral_engine.formatting import exact_text, label_text

ROW, LEFT, RIGHT = 58, 4, 596
NARROW = 4  # a narrower bin gets no gap


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
        values = all_known(bar.value for bar in self.bars)
        if not values:
            return nothing(self.title, self.empty, size=(WIDTH, 160), kind="bars")
        scale = Scale(0, max(values) if max(values) > 0 else 1, LEFT, RIGHT)
        rows = (self._draw_bar(scale, number, bar) for number, bar in enumerate(self.bars))
        return picture(self.title, self.description, *rows, size=(WIDTH, ROW * len(self.bars)), kind="bars")

    def legend(self) -> tuple[Entry, ...]:
        return ()

    def table(self) -> Table:
        rows = tuple((bar.label, exact_text(bar.value, self.axis.unit)) for bar in self.bars)
        return Table(("", self.axis.label or "Amount"), rows)

    def _draw_bar(self, scale: Scale, number: int, bar: Bar) -> SafeString:
        top, value_text = ROW * number, exact_text(bar.value, self.axis.unit)
        end = scale.at(max(0.0, known(bar.value) or 0.0))
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
class Bin:
    """`count` values from `low` up to but not including `high`; `label` replaces the edges in text."""

    low: float
    high: float
    count: float | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars without names; `ticks` are (position, text) for an uneven x axis, for example a logarithmic one."""

    title: str
    bins: tuple[Bin, ...]
    description: str = ""
    x_axis: Axis = PLAIN
    y_axis: Axis = PLAIN
    ticks: tuple[Tick, ...] = ()
    empty: str = "No data yet"

    def svg(self) -> SafeString:
        """Cost  about 20 us per bin."""
        bins = [piece for piece in self.bins if known(piece.low) is not None and known(piece.high) is not None]
        if not any(known(piece.count) for piece in bins):
            return nothing(self.title, self.empty, size=size_with(self.x_axis), kind="bars")
        frame = frame_of(
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
            if (count := known(piece.count)) is not None and count > 0
        ]
        boxes = (_box(left, right, top, zero, self._bin_text(piece)) for left, right, top, piece in drawn)
        axes = frame.draw(self.x_axis, self.y_axis)
        return picture(self.title, self.description, axes, *boxes, size=size_with(self.x_axis), kind="bars")

    def legend(self) -> tuple[Entry, ...]:
        return ()

    def table(self) -> Table:
        rows = tuple((self._range(piece), exact_text(piece.count, self.y_axis.unit)) for piece in self.bins)
        return Table((self.x_axis.label or "From, to", self.y_axis.label or "Count"), rows)

    def _bin_text(self, piece: Bin) -> str:
        return f"{self._range(piece)}: {exact_text(piece.count, self.y_axis.unit)}"

    def _range(self, piece: Bin) -> str:
        return piece.label or f"{exact_text(piece.low, self.x_axis.unit)} to {exact_text(piece.high, self.x_axis.unit)}"


def _box(left: float, right: float, top: float, ground: float, title: str) -> SafeString:
    gap = 1 if right - left >= NARROW else 0
    width = max(0.5, right - left - 2 * gap)
    return tag("rect", tag("title", title), x=left + gap, y=top, width=width, height=ground - top, class_="chart-bar")
