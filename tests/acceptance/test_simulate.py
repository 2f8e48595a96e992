"""`manage.py simulate`, small: a seeded school lives through the services, and the read-out is exact."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from loops.models import Loop
from monitoring.growth.services import rebuild
from monitoring.simulation.acts import begin
from monitoring.simulation.plan import Habits, SimulationPlan
from monitoring.simulation.readout import SchoolReading, read_school
from monitoring.simulation.report import summary_lines, write_report
from monitoring.simulation.school import SchoolRun, run_school
from viral_engine.kernel.models import Delivery, LoggedEvent

pytestmark = pytest.mark.django_db(transaction=True)
HABITS = Habits(cheats=0.2, children=0.3, practice=0.6)  # so that little time shows every kind of person
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TITLES = {
    "buddy_challenge": "Buddy Challenge",
    "results_rally": "Results Rally",
    "proud_parent": "Proud Parent",
    "tutor_spotlight": "Tutor Spotlight",
}


def lived(settings: Settings) -> tuple[SimulationPlan, SchoolRun, SchoolReading]:
    settings.OUTBOX_EAGER = False
    for name, title in TITLES.items():  # a flushed database lacks them
        Loop.objects.get_or_create(name=name, defaults={"title": title, "expected_k": 0.3, "cooldown_s": 3600})
    plan = SimulationPlan(users=30, days=3, seed=1, start=MONDAY, habits=HABITS)
    run = run_school(plan, begin)
    rebuild.rebuild(at=plan.read_at)
    return plan, run, read_school(run)


def test_a_seed_has_one_result_and_the_page_shows_it(settings: Settings, tmp_path: Path) -> None:
    plan, _, reading = lived(settings)
    measured = {one.name: (one.measured.people, one.measured.referees, round(one.true_k, 3)) for one in reading.loops}
    assert measured == {}
    assert not Delivery.objects.filter(processed_at=None).exists()
    assert LoggedEvent.objects.exclude(at__range=(plan.start.replace(year=2025), plan.read_at)).count() == 0
    assert reading.counts["child_without_consent"] == 0
    page = tmp_path / "page.html"
    write_report(plan, reading, page)
    assert page.read_text().count("<svg") == 3
    lines = list(summary_lines(plan, reading))
    assert lines == []
