"""Read cards and grids of the growth dashboards."""

from datetime import datetime

from monitoring.growth.queries import PAGES
from monitoring.growth.queries.cards import DashboardCard, DashboardTable
from monitoring.growth.rules.filters import DashboardFilter


def card(page: str, slug: str, at: datetime, choice: DashboardFilter | None = None) -> DashboardCard:
    return next(one for one in PAGES[page].cards(choice or DashboardFilter(days=7), at) if one.slug == slug)


def grid(page: str, slug: str, at: datetime, choice: DashboardFilter | None = None) -> DashboardTable:
    return card(page, slug, at, choice).grids[0]
