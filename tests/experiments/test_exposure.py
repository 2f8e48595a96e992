from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections

from experiments.models import Exposure, Metric, Outcome
from experiments.services.assignment import forced_variant, get_variant
from experiments.services.exposure import clear_exposure_cache, log_exposure
from experiments.services.lifecycle import pause_phase, stop_phase
from tests.experiments.trials import assignment_context, draft, staff_user, started
from tests.factories import Committed, counting, person, practice, statements
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_the_first_time_counts(at: datetime) -> None:
    started(draft(), at)
    variant = get_variant("copy", assignment_context(), at)
    log_exposure(variant, at)
    log_exposure(variant, at + HOUR)
    exposure = Exposure.objects.get()
    assert (exposure.unit, exposure.arm, exposure.at, exposure.on) == ("ada", variant.arm, at, at.date())
    event = LoggedEvent.objects.get(type="experiment_exposed")
    assert event.properties == {"experiment": "copy", "phase": 1, "arm": variant.arm, "unit": "ada"}


def test_asking_is_not_meeting(at: datetime) -> None:
    started(draft(), at)
    get_variant("copy", assignment_context(), at)
    assert not Exposure.objects.exists()


def test_who_is_out_or_forced_leaves_no_trace(at: datetime) -> None:
    started(draft(), at)
    log_exposure(get_variant("copy", assignment_context(is_counted=False), at), at)
    log_exposure(forced_variant("copy", "bold"), at)
    log_exposure(get_variant("nothing", assignment_context(), at), at)
    assert not Exposure.objects.exists()


def test_nobody_is_exposed_in_a_pause_or_after_the_end(at: datetime) -> None:
    phase = started(draft(), at)
    variant = get_variant("copy", assignment_context(), at)  # asked before the pause
    pause_phase(phase=phase, by=None, at=at)
    log_exposure(variant, at)
    stop_phase(phase=phase, by=staff_user(), at=at)
    log_exposure(variant, at)
    assert not Exposure.objects.exists()


def test_the_second_time_costs_nothing(at: datetime, committed: Committed) -> None:
    started(draft(), at)
    variant = get_variant("copy", assignment_context(), at)
    with counting() as first, committed():
        log_exposure(variant, at)
    with counting() as second:
        log_exposure(variant, at)
    assert (len(statements(first)), len(statements(second))) == (4, 0)  # savepoints left out


def test_what_was_undone_is_not_remembered(at: datetime) -> None:
    """The memory of a process may not know an exposure that its transaction took back."""
    started(draft(), at)
    variant = get_variant("copy", assignment_context(), at)
    log_exposure(variant, at)  # inside the test's transaction: not committed
    Exposure.objects.all().delete()
    LoggedEvent.objects.filter(type="experiment_exposed").delete()
    log_exposure(variant, at)
    assert Exposure.objects.count() == 1


def test_a_metric_with_a_past_knows_the_days_before(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada = person("Ada", at=at)
    for days in (20, 3, 1):
        with committed():
            practice(ada, algebra, right=4, at=at - timedelta(days=days))
    trial = draft()
    facts = {"role": "goal", "kind": "mean", "event": "practice_completed", "pre_days": 7}
    Metric.objects.create(experiment=trial, title="Rounds", **facts)
    Metric.objects.create(experiment=trial, title="Scores", value_of="score", **facts)
    started(trial, at)
    log_exposure(get_variant("copy", assignment_context(str(ada.person_id)), at), at)
    before = Outcome.objects.values_list("metric__title", "before", "count", "first_on")
    assert sorted(before) == [("Rounds", 2.0, 0, None), ("Scores", 160.0, 0, None)]


@pytest.mark.django_db(transaction=True)
def test_many_doors_at_once_are_one_exposure(at: datetime) -> None:
    started(draft(), at)
    variant = get_variant("copy", assignment_context(), at)

    def enter(_: int) -> None:
        clear_exposure_cache()  # each as a process of its own
        log_exposure(variant, at)
        connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(24)))
    assert Exposure.objects.count() == 1
    assert LoggedEvent.objects.filter(type="experiment_exposed").count() == 1
