"""`manage.py simulate`, small: a seeded school lives through the services, and the read-out is exact."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from loops.models import Loop
from monitoring.growth.services import rebuild
from monitoring.simulation.acts import begin
from monitoring.simulation.plan import Habits, SimulationPlan
from monitoring.simulation.readout import COUNTED, GroupShare, SchoolReading, read_school
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
    plan, run, reading = lived(settings)

    # Shown the loop, friends with a first value, and the planted K of the same people.
    measured = {one.name: (one.measured.people, one.measured.referees, round(one.true_k, 3)) for one in reading.loops}
    assert measured == {
        "buddy_challenge": (17, 6, 0.443),
        "results_rally": (5, 2, 0.27),
        "proud_parent": (3, 1, 0.726),
        "tutor_spotlight": (1, 4, 1.904),
    }
    assert [one.verdict.word for one in reading.loops] == ["not yet"] * 4
    assert (reading.trial.control, reading.trial.treated) == (GroupShare(2, 8), GroupShare(5, 9))
    assert reading.referral_share == GroupShare(4, 17)
    assert (reading.fraud, reading.honest, reading.people) == (GroupShare(12, 12), GroupShare(4, 4), 47)
    assert reading.counts == dict.fromkeys(COUNTED, 0)

    # Children without consent lived there, and got no offer; nothing is left undone, and nothing is dated to today.
    assert any(one.is_child and not one.has_consent for one in run.residents.learners)
    assert not Delivery.objects.filter(processed_at=None).exists()
    assert LoggedEvent.objects.filter(at__gt=plan.read_at).count() == 0

    page = tmp_path / "page.html"
    write_report(plan, reading, page)
    assert page.read_text().count("<svg") == 3
    lines = list(summary_lines(plan, reading))
    assert lines[0] == "30 people at the start, 47 at the end; 3 days, seed 1"
    assert lines[3].split()[:4] == ["Buddy", "Challenge", "0.44", "0.35"]
