"""Format numbers of an experiment: a missing number is "n/a", and a small p-value is never rounded to zero."""

from django import template

register = template.Library()
MIN_SHOWN_P = 0.0001


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
    return "under 0.0001" if p < MIN_SHOWN_P else f"{p:.4f}"
