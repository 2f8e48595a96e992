"""Read cards and grids of the growth dashboards."""

from datetime import datetime

from monitoring.growth.pages import PAGES
from monitoring.growth.pages.cards import Card, Grid
from monitoring.growth.rules.choices import Choice


def card(page: str, slug: str, at: datetime, choice: Choice | None = None) -> Card:
    return next(one for one in PAGES[page].cards(choice or Choice(days=7), at) if one.slug == slug)


def grid(page: str, slug: str, at: datetime, choice: Choice | None = None) -> Grid:
    return card(page, slug, at, choice).grids[0]
