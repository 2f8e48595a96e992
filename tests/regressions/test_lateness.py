"""An event belongs to the phase it happened in, however late and in whatever order it is delivered."""

from datetime import datetime, timedelta

import pytest

from experiments.models import Exposure, Outcome, Phase
from experiments.services.assignment import get_variant
from experiments.services.exposure import log_exposure
from experiments.services.lifecycle import pause_phase, restart_experiment, stop_phase
from experiments.services.outcomes import log_conversion, record_event
from experiments.services.phase_cache import UnknownExperiment, invalidate_phase_cache
from tests.experiments.trials import assignment_context, draft, staff_user, started

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def phase(at: datetime) -> Phase:
    """Ada saw her arm at `at`."""
    phase = started(draft(), at)
    log_exposure(get_variant("copy", assignment_context("ada"), at), at)
    return phase


def deliver(at: datetime) -> int:
    return record_event("invite_sent", persons=["ada"], trees=["ada"], properties={}, at=at)


@pytest.mark.parametrize("winner", ["", "bold"])
def test_an_event_from_before_the_stop_counts_after_it(phase: Phase, at: datetime, winner: str) -> None:
    stop_phase(phase=phase, by=staff_user(), at=at + 2 * HOUR, winner=winner)
    invalidate_phase_cache()
    assert [deliver(at + HOUR), deliver(at + 2 * HOUR)] == [1, 0]
    assert Outcome.objects.get().count == 1


def test_an_event_from_before_a_restart_counts_for_the_earlier_phase(phase: Phase, at: datetime) -> None:
    weights = {"control": 5000, "bold": 5000}
    second = restart_experiment(experiment=phase.experiment, weights_bp=weights, by=staff_user(), at=at + 2 * HOUR)
    invalidate_phase_cache()
    late = at + 3 * HOUR
    log_exposure(get_variant("copy", assignment_context("ada"), late), late)
    assert Exposure.objects.count() == 2
    assert [deliver(at + HOUR), deliver(at + 4 * HOUR)] == [1, 1]
    assert dict(Outcome.objects.values_list("phase", "count")) == {phase.pk: 1, second.pk: 1}


def test_an_event_from_before_a_pause_counts_in_the_pause_and_after_the_stop(phase: Phase, at: datetime) -> None:
    pause_phase(phase=phase, by=None, at=at + 2 * HOUR)
    invalidate_phase_cache()
    assert [deliver(at + HOUR), deliver(at + 3 * HOUR)] == [1, 0]
    stop_phase(phase=phase, by=staff_user(), at=at + 5 * HOUR)
    invalidate_phase_cache()
    assert [deliver(at + HOUR), deliver(at + 3 * HOUR)] == [1, 0]


def test_a_conversion_logged_late_finds_its_phase(phase: Phase, at: datetime) -> None:
    stop_phase(phase=phase, by=staff_user(), at=at + 2 * HOUR)
    invalidate_phase_cache()
    assert log_conversion("copy", unit="ada", event_type="invite_sent", at=at + HOUR) is True
    assert log_conversion("copy", unit="ada", event_type="invite_sent", at=at + 3 * HOUR) is False
    with pytest.raises(UnknownExperiment):
        log_conversion("never started", unit="ada", event_type="invite_sent", at=at)


@pytest.mark.parametrize("days", [(1, 0, 2), (2, 1, 0), (0, 1, 2)])
def test_the_first_day_follows_the_events_and_not_their_deliveries(
    phase: Phase, at: datetime, days: tuple[int, ...]
) -> None:
    for day in days:
        assert deliver(at + day * DAY) == 1
    outcome = Outcome.objects.get()
    assert (outcome.count, str(outcome.first_on)) == (3, "2026-03-04")
