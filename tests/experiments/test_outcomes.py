from datetime import datetime, timedelta
from typing import Any

import pytest

from experiments.models import Exposure, Metric, Outcome
from experiments.services.assignment import get_variant
from experiments.services.exposure import log_exposure
from experiments.services.lifecycle import pause_phase, resume_phase, stop_phase
from experiments.services.outcomes import log_conversion, merge_guest_units, record_event
from experiments.services.phase_cache import UnknownExperiment, cached_phases, invalidate_phase_cache, is_measured
from experiments.services.results import get_results
from tests.experiments.trials import assignment_context, draft, staff_user, started
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def meet(at: datetime, person: str = "ada", **facts: Any) -> Exposure:
    log_exposure(get_variant("copy", assignment_context(person, **facts), at), at)
    return Exposure.objects.latest("pk")


def happened(at: datetime, *, person: str = "ada", tree: str = "", event: str = "invite_sent", **facts: Any) -> int:
    return record_event(event, persons=[person], trees=[tree or person], properties=facts, at=at)


def test_a_conversion_finds_its_arm_from_the_exposure(at: datetime) -> None:
    phase = started(draft(), at)
    exposure = meet(at)
    assert happened(at + HOUR) == 1
    outcome = Outcome.objects.get()
    assert (outcome.exposure, outcome.phase, outcome.arm) == (exposure, phase, exposure.arm)
    assert (outcome.count, outcome.total, outcome.first_on) == (1, 1.0, at.date())
    event = LoggedEvent.objects.get(type="experiment_conversion")
    assert (event.properties["arm"], event.properties["metric"]) == (exposure.arm, "invite_sent")


def test_a_unit_converts_once_and_its_events_add_up(at: datetime) -> None:
    started(draft(), at)
    meet(at)
    assert [happened(at + HOUR), happened(at + DAY)] == [1, 1]
    outcome = Outcome.objects.get()
    assert (outcome.count, outcome.total, outcome.first_on) == (2, 2.0, at.date())
    assert LoggedEvent.objects.filter(type="experiment_conversion").count() == 1


def test_before_the_exposure_and_after_the_window_nothing_counts(at: datetime) -> None:
    started(draft(window_h=24), at - DAY)
    assert happened(at) == 0  # not exposed at all
    meet(at)
    assert [happened(at - HOUR), happened(at + DAY + HOUR)] == [0, 0]
    assert not Outcome.objects.exists()


def test_a_pause_freezes_the_results_and_an_end_closes_them(at: datetime) -> None:
    phase = started(draft(), at)
    meet(at)
    pause_phase(phase=phase, by=None, at=at + HOUR)
    invalidate_phase_cache()
    assert happened(at + 2 * HOUR) == 0
    assert happened(at + HOUR / 2) == 1  # from before the pause, delivered late
    admin = staff_user()
    resume_phase(phase=phase, by=admin, at=at + 3 * HOUR)
    invalidate_phase_cache()
    assert [happened(at + 2 * HOUR), happened(at + 4 * HOUR)] == [0, 1]
    stop_phase(phase=phase, by=admin, at=at + 5 * HOUR, winner="bold")
    invalidate_phase_cache()
    assert happened(at + 6 * HOUR) == 0


def test_other_events_and_other_people_change_nothing(at: datetime) -> None:
    started(draft(), at)
    meet(at)
    assert happened(at + HOUR, event="practice_completed") == 0
    assert happened(at + HOUR, person="bo") == 0


def test_a_friends_event_counts_for_the_tree(at: datetime) -> None:
    started(draft(unit="tree", event="fvm_reached"), at)
    meet(at, "root")
    assert happened(at + HOUR, person="friend", tree="root", event="fvm_reached") == 1
    assert happened(at + HOUR, person="stranger", tree="other", event="fvm_reached") == 0


def test_a_friends_event_is_not_the_referrers_own(at: datetime) -> None:
    """In an experiment by person the tree an event belongs to does not matter."""
    started(draft(), at)
    meet(at, "root")
    assert happened(at + HOUR, person="friend", tree="root") == 0


def test_means_take_the_number_the_event_carries(at: datetime) -> None:
    trial = draft()
    facts = {"role": "goal", "kind": "mean", "event": "practice_completed", "value_of": "score"}
    Metric.objects.create(experiment=trial, title="Score", **facts)
    started(trial, at)
    meet(at)
    happened(at + HOUR, event="practice_completed", score=80)
    happened(at + HOUR, event="practice_completed", score=60)
    outcome = Outcome.objects.get()
    assert (outcome.count, outcome.total) == (2, 140.0)


def test_an_agent_logs_a_conversion_by_hand(at: datetime) -> None:
    started(draft(), at)
    meet(at)
    assert log_conversion("copy", unit="ada", event_type="invite_sent", at=at + HOUR)
    assert not log_conversion("copy", unit="bo", event_type="invite_sent", at=at + HOUR)


def test_unknown_names_are_told(at: datetime) -> None:
    started(draft(), at)
    with pytest.raises(UnknownExperiment):
        log_conversion("nothing", unit="ada", event_type="invite_sent", at=at)
    with pytest.raises(ValueError, match="no metric"):
        log_conversion("copy", unit="ada", event_type="account_created", at=at)
    with pytest.raises(UnknownExperiment):
        get_results("nothing", at=at)


def test_a_guest_who_turns_out_to_be_a_member_is_counted_as_crossed(at: datetime) -> None:
    started(draft(), at, seed="fixed")
    arms: dict[str, str] = {}
    for number in range(20):
        met = meet(at, f"person-{number}")
        arms[met.unit] = met.arm
    one, same, *_ = (unit for unit, arm in arms.items() if arm == "bold")
    other = next(unit for unit, arm in arms.items() if arm == "control")
    assert merge_guest_units(guest=one, person=same) == 0
    assert merge_guest_units(guest=one, person=other) == 1
    assert set(Exposure.objects.filter(is_crossed=True).values_list("unit", flat=True)) == {one, other}


def test_is_measured_asks_only_what_runs(at: datetime) -> None:
    phase = started(draft(), at)
    assert is_measured("account_created")  # inside a transaction an old cache answers yes
    cached_phases()
    assert is_measured("invite_sent")
    assert not is_measured("account_created")
    pause_phase(phase=phase, by=None, at=at)
    invalidate_phase_cache()
    cached_phases()
    assert not is_measured("invite_sent")
