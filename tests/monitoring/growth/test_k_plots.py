"""Plots of K: pass and fail."""

from datetime import date, datetime

import pytest

from loops.rules.k_factor import mature_until
from monitoring.growth.queries import PAGES
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.models import GrowthCount
from tests.monitoring.growth.factories import loop
from viral_engine.charts import IntervalPlot

pytestmark = pytest.mark.django_db


def cohort(on: date, *, people: int, referees: int) -> None:
    """People first shown the challenge that day, who brought one referee each until there were so many."""
    amounts = {"k_people": people, "k_joiners": referees, "k_joiners_squared": referees}
    GrowthCount.objects.bulk_create(
        GrowthCount(measure=measure, on=on, loop=name, persona="student", part="0", amount=amount)
        for name in ("", "buddy_challenge")
        for measure, amount in amounts.items()
    )


def painted(page: str, choice: DashboardFilter, at: datetime) -> list[str]:
    plots = [
        chart
        for card in PAGES[page].cards(choice, at)
        for chart in card.charts
        if isinstance(chart, IntervalPlot) and "sign-up" not in chart.title
    ]
    return [chart.assessment(row) for chart in plots for row in chart.rows]


def test_personas_stand_side_by_side_whichever_is_chosen(at: datetime) -> None:
    cohort(mature_until(day_of(at)), people=4, referees=2)
    for persona, lead in (("", ""), ("student", "All personas, whatever the filter.")):
        [card] = [
            one for one in PAGES["k-factor"].cards(DashboardFilter(persona=persona), at) if one.slug == "personas"
        ]
        assert (card.lead, card.grids[0].rows[0][:4]) == (lead, ("Student", "4", "0", "2"))


@pytest.mark.parametrize(
    ("people", "cohort_of", "word"),
    [(100, "mature", "worse"), (99, "mature", "open"), (100, "latest", "open")],
    ids=["enough", "too few", "too young"],
)
def test_a_plot_paints_what_the_read_out_says(people: int, cohort_of: str, word: str, at: datetime) -> None:
    """K is 0.5 of people enough to fail 1.20, were they mature, and a hundred."""
    loop("buddy_challenge")
    today = day_of(at)
    cohort(today if cohort_of == "latest" else mature_until(today), people=people, referees=people // 2)
    choice = DashboardFilter(cohort=cohort_of)
    assert painted("overview", choice, at) == [word]
    assert painted("k-factor", choice, at) == [word] * 3
