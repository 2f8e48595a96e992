"""Funnel charts: the number at each step."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from viral_engine.charts.axes import WIDTH
from viral_engine.charts.rules.scales import Scale, drawable
from viral_engine.charts.svg import empty_chart, join, svg_root, tag
from viral_engine.charts.table import DataTable, LegendEntry
from viral_engine.formatting import MISSING, exact_text, label_text, ratio, share

LEFT, RIGHT, ROW, BAR_TOP, BAR, GAP = 4, 596, 96, 32, 26, 38


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A count. Only a part of the step before has a share of it; other counts have a ratio to it."""

    name: str
    count: float | None
    is_part: bool = True


@dataclass(frozen=True, slots=True)
class Funnel:
    """Steps from first to last, with the conversion rate between neighbors, or their ratio."""

    title: str
    steps: tuple[FunnelStep, ...]
    description: str = ""
    empty: str = "No one has taken the first step yet"

    def svg(self) -> SafeString:
        """Cost  about 50 us per step."""
        counts = [drawable(step.count) or 0.0 for step in self.steps]
        if not any(count > 0 for count in counts):
            return empty_chart(self.title, self.empty, size=(WIDTH, 160), kind="funnel")
        scale = Scale(0, max(counts), LEFT, RIGHT)
        rows = (self._draw_step(scale, number) for number in range(len(self.steps)))
        size = (WIDTH, ROW * len(self.steps) - GAP)
        return svg_root(self.title, self.description, *rows, size=size, kind="funnel")

    def legend(self) -> tuple[LegendEntry, ...]:
        return ()

    def table(self) -> DataTable:
        rows = tuple(
            (step.name, exact_text(step.count), self._from_previous(number), self._from_first(number))
            for number, step in enumerate(self.steps)
        )
        kind = "Of" if all(step.is_part for step in self.steps) else "Compared with"
        return DataTable(("FunnelStep", "Count", f"{kind} the previous step", f"{kind} the first step"), rows)

    def _from_previous(self, number: int) -> str:
        return self._compare(number, number - 1) if number else ""

    def _from_first(self, number: int) -> str:
        return self._compare(number, 0)

    def _compare(self, number: int, other: int) -> str:
        """A share of an earlier step, or the ratio to it where a step between is no part of the one before."""
        above, below = drawable(self.steps[number].count), drawable(self.steps[other].count)
        if all(step.is_part for step in self.steps[other + 1 : number + 1]):
            return share(above, below)
        return ratio(above / below) if above is not None and below else MISSING

    def _draw_step(self, scale: Scale, number: int) -> SafeString:
        top, step = ROW * number, self.steps[number]
        end = scale.at(max(0.0, drawable(step.count) or 0.0))
        return tag(
            "g",
            tag("text", label_text(step.name), x=LEFT, y=top + 22, class_="chart-label"),
            tag("text", exact_text(step.count), x=RIGHT, y=top + 22, class_="chart-value", text_anchor="end"),
            tag("rect", x=LEFT, y=top + BAR_TOP, width=RIGHT - LEFT, height=BAR, rx=8, class_="chart-track"),
            tag(
                "rect",
                x=LEFT,
                y=top + BAR_TOP,
                width=end - LEFT,
                height=BAR,
                rx=min(8, (end - LEFT) / 2),
                class_="chart-bar",
            ),
            self._draw_transition(number + 1, top + BAR_TOP + BAR) if number + 1 < len(self.steps) else join(),
        )

    def _draw_transition(self, number: int, top: float) -> SafeString:
        arrow = tag("path", d=f"M{LEFT + 12} {top + 7}v20m-6 -6l6 6l6 -6", class_="chart-arrow")
        goes_on = "continue" if self.steps[number].is_part else "for each one before"
        label = f"{self._from_previous(number)} {goes_on}"
        return join(arrow, tag("text", label, x=LEFT + 30, y=top + 26, class_="chart-passage"))
