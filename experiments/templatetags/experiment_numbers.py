"""How numbers of an experiment are written: what cannot be said reads "n/a", and nothing is rounded to certainty."""

from django import template

register = template.Library()
LEAST_P = 0.0001


@register.filter
def percent(share: float | None) -> str:
    return "n/a" if share is None else f"{100 * share:.2f}%"


@register.filter
def change(share: float | None) -> str:
    return "n/a" if share is None else f"{100 * share:+.2f}%"


@register.filter
def points(difference: float | None) -> str:
    return "n/a" if difference is None else f"{100 * difference:+.2f} points"


@register.filter
def number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.4g}"


@register.filter
def p_value(p: float | None) -> str:
    if p is None:
        return "n/a"
    return "under 0.0001" if p < LEAST_P else f"{p:.4f}"
