"""Template filters for the numbers of an experiment."""

from django import template

from viral_engine import formatting

register = template.Library()

for _format in (
    formatting.percent,
    formatting.chance,
    formatting.change,
    formatting.effect,
    formatting.points,
    formatting.number,
    formatting.p_value,
):
    register.filter(_format.__name__, _format)
