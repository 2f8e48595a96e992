"""K's CSV has a line for cohorts with people only; corrections leave counts of zero behind."""

from datetime import datetime

import pytest

from monitoring.growth.queries.csv_export import cohort_lines, count_lines
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import corrections, rollup
from monitoring.models import GrowthCount
from tests.monitoring.growth.factories import exposed, invited, member
from tests.steps.csv_sheets import lines_of
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db
LATEST = DashboardFilter(cohort="latest")


def test_people_who_were_taken_out_leave_no_line(at: datetime) -> None:
    ada, bo = member("Ada", at), member("Bo", at, role="parent")
    for one in (ada, bo):
        exposed(one, at)
        invited(one, at)
    rollup.count_events(at=at)
    assert {line[2] for line in lines_of(cohort_lines(LATEST, day_of(at)))} == {"student", "parent"}
    LoggedEvent.objects.filter(actor_id=bo.pk).update(is_invalid=True)
    corrections.correct_events(at=at)
    assert GrowthCount.objects.filter(amount=0, persona="parent").exists()
    assert {line[2] for line in lines_of(cohort_lines(LATEST, day_of(at)))} == {"student"}
    amounts = [line[-1] for line in lines_of(count_lines("guardrails", DashboardFilter(), day_of(at)))]
    assert 0 not in amounts


def test_a_cohort_of_nobody_at_all_has_a_heading_alone(at: datetime) -> None:
    on = day_of(at)
    for measure in ("k_people", "k_invites"):
        GrowthCount.objects.create(measure=measure, on=on, loop="", persona="student", part="0", amount=0)
    assert lines_of(cohort_lines(LATEST, on)) == []
