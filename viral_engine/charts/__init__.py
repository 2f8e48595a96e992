"""Server-side charts: a frozen description in, safe SVG out, without scripts, style attributes or queries."""

from viral_engine.charts.bars import Bar, BarChart, Bin, Histogram
from viral_engine.charts.density import Density, DensityChart
from viral_engine.charts.frame import Axis, Reference
from viral_engine.charts.funnel import Funnel, Step
from viral_engine.charts.intervals import Interval, IntervalPlot
from viral_engine.charts.line import LineChart, Point, Series, cohort_curves
from viral_engine.charts.sparkline import Sparkline
from viral_engine.charts.table import Chart, Table, data_table, figure

__all__ = [
    "Axis",
    "Bar",
    "BarChart",
    "Bin",
    "Chart",
    "Density",
    "DensityChart",
    "Funnel",
    "Histogram",
    "Interval",
    "IntervalPlot",
    "LineChart",
    "Point",
    "Reference",
    "Series",
    "Sparkline",
    "Step",
    "Table",
    "cohort_curves",
    "data_table",
    "figure",
]
