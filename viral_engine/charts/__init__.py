"""Server-side charts: a frozen description in, safe SVG out, without scripts, style attributes or queries."""

from viral_engine.charts.bars import Bar, BarChart, HistogramBin, Histogram
from viral_engine.charts.density import DensityCurve, DensityChart
from viral_engine.charts.axes import Axis, ReferenceLine
from viral_engine.charts.funnel import Funnel, FunnelStep
from viral_engine.charts.intervals import LabeledInterval, IntervalPlot
from viral_engine.charts.line import LineChart, Point, Series, cohort_curves
from viral_engine.charts.sparkline import Sparkline
from viral_engine.charts.table import Chart, DataTable, data_table, figure

__all__ = [
    "Axis",
    "Bar",
    "BarChart",
    "HistogramBin",
    "Chart",
    "DensityCurve",
    "DensityChart",
    "Funnel",
    "Histogram",
    "LabeledInterval",
    "IntervalPlot",
    "LineChart",
    "Point",
    "ReferenceLine",
    "Series",
    "Sparkline",
    "FunnelStep",
    "DataTable",
    "cohort_curves",
    "data_table",
    "figure",
]
