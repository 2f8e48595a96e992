"""Server-side charts: a frozen description in, safe SVG out, without scripts, style attributes or queries."""

from viral_engine.charts.axes import Axis, ReferenceLine
from viral_engine.charts.bars import Bar, BarChart, Histogram, HistogramBin
from viral_engine.charts.density import DensityChart, DensityCurve
from viral_engine.charts.funnel import Funnel, FunnelStep
from viral_engine.charts.intervals import IntervalPlot, LabeledInterval
from viral_engine.charts.line import LineChart, Point, Series, cohort_curves
from viral_engine.charts.sparkline import Sparkline
from viral_engine.charts.table import Chart, DataTable, data_table, figure

__all__ = [
    "Axis",
    "Bar",
    "BarChart",
    "Chart",
    "DataTable",
    "DensityChart",
    "DensityCurve",
    "Funnel",
    "FunnelStep",
    "Histogram",
    "HistogramBin",
    "IntervalPlot",
    "LabeledInterval",
    "LineChart",
    "Point",
    "ReferenceLine",
    "Series",
    "Sparkline",
    "cohort_curves",
    "data_table",
    "figure",
]
