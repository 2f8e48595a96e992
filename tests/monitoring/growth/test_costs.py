"""Costs that docstrings state."""

from collections.abc import Callable
from datetime import datetime

import pytest

from monitoring.growth.queries import PAGES
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import corrections, reports, rollup
from tests.factories import counting, statements
from tests.monitoring.growth.factories import one_referral

pytestmark = pytest.mark.django_db


def cost(act: Callable[[], object]) -> int:
    with counting() as captured:
        act()
    return len(statements(captured))


def test_pages_cost_a_few_sums(at: datetime) -> None:
    one_referral(at)
    choice = DashboardFilter(days=30, cohort="latest")
    found = {name: cost(lambda page=page: page.cards(choice, at)) for name, page in PAGES.items()}  # type: ignore[misc]
    assert found == {"overview": 9, "phase2": 5, "k-factor": 7, "attribution": 2, "guardrails": 9}


def test_services_cost_what_they_say(at: datetime) -> None:
    one_referral(at)
    assert cost(rollup.counting_lag) == 1
    assert cost(lambda: corrections.correct_events(at=at)) == 4
    assert cost(lambda: corrections.exclude_people(at=at)) == 2
    assert cost(lambda: reports.make_reports(at=at)) == 13
