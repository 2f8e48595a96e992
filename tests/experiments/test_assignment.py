from collections import Counter
from datetime import datetime

import pytest
from django.db import OperationalError, connection

from experiments.models import Assignment, Holdout, Namespace, Phase
from experiments.services.assignment import Variant, clear_assignment_cache, forced_variant, get_variant, get_variants
from experiments.services.lifecycle import increase_coverage, pause_phase, restart_experiment, stop_phase
from experiments.services.phase_cache import cached_phases, invalidate_phase_cache, is_measured
from tests.experiments.trials import assignment_context, draft, staff_user, started
from tests.factories import counting, statements

pytestmark = pytest.mark.django_db


def test_an_unknown_experiment_serves_nothing(at: datetime) -> None:
    assert get_variant("nothing", assignment_context(), at) == Variant("nothing")


def test_people_are_split_as_set_and_keep_their_arm(at: datetime) -> None:
    started(draft(), at, seed="fixed")
    people = [f"person-{number}" for number in range(400)]
    arms = {one: get_variant("copy", assignment_context(one), at).arm for one in people}
    assert Counter(arms.values()) == {"bold": 206, "control": 194}
    assert {one: get_variant("copy", assignment_context(one), at).arm for one in people} == arms
    assert dict(Assignment.objects.values_list("unit", "arm")) == arms


def test_a_variant_brings_its_parameters(at: datetime) -> None:
    started(draft(), at, seed="fixed")
    variant = get_variant("copy", assignment_context("person-1"), at)
    assert variant.params == {"word": variant.arm}
    assert (variant.is_enrolled, variant.number, variant.unit) == (True, 1, "person-1")


def test_the_second_ask_costs_nothing(at: datetime) -> None:
    started(draft(), at)
    started(draft("other"), at)
    cached_phases()
    with counting() as first:
        get_variants(["copy", "other"], assignment_context(), at)
    with counting() as second:
        get_variants(["copy", "other"], assignment_context(), at)
    assert (len(statements(first)), len(statements(second))) == (1, 0)


def test_trees_share_the_arm_of_their_first_referrer(at: datetime) -> None:
    started(draft(unit="tree"), at, seed="fixed")
    root = get_variant("copy", assignment_context("root"), at)
    friends = [get_variant("copy", assignment_context(f"friend-{n}", tree="root"), at) for n in range(20)]
    assert {(friend.arm, friend.unit) for friend in friends} == {(root.arm, "root")}


def test_staff_and_simulated_people_get_the_control_and_leave_no_trace(at: datetime) -> None:
    started(draft(weights_bp={"control": 0, "bold": 10_000}), at)
    variant = get_variant("copy", assignment_context(is_counted=False), at)
    assert (variant.arm, variant.is_enrolled) == ("control", False)
    assert not Assignment.objects.exists()


def test_who_is_not_asked_gets_the_control(at: datetime) -> None:
    started(draft(weights_bp={"control": 0, "bold": 10_000}, grades=[7]), at)
    assert get_variant("copy", assignment_context(grade=6), at).arm == "control"
    assert get_variant("copy", assignment_context(grade=7), at).arm == "bold"


def test_a_new_grade_changes_nobodys_arm(at: datetime) -> None:
    started(draft(weights_bp={"control": 0, "bold": 10_000}, grades=[7]), at)
    get_variant("copy", assignment_context(grade=7), at)
    clear_assignment_cache()  # another process asks
    assert get_variant("copy", assignment_context(grade=8), at).arm == "bold"
    assert get_variant("copy", assignment_context("bo", grade=8), at).arm == "control"


def test_namespaces_keep_experiments_apart(at: datetime) -> None:
    apart = Namespace.objects.create(name="sheet")
    started(draft("one", namespace=apart, namespace_until_bp=5000), at)
    started(draft("two", namespace=apart, namespace_from_bp=5000), at)
    for number in range(200):
        both = get_variants(["one", "two"], assignment_context(f"person-{number}"), at)
        assert sum(variant.is_enrolled for variant in both.values()) == 1


def test_the_held_out_are_in_no_experiment(at: datetime) -> None:
    Holdout.objects.create(name="year", share_bp=1000)
    started(draft("one"), at)
    started(draft("two"), at)
    out: list[set[int]] = [set(), set()]
    for number in range(1000):
        both = get_variants(["one", "two"], assignment_context(f"person-{number}"), at)
        for left_out, variant in zip(out, both.values(), strict=True):
            if not variant.is_enrolled:
                left_out.add(number)
    assert out[0] == out[1]
    assert 70 < len(out[0]) < 130


def test_what_runs_and_who_is_held_out_are_read_in_one_query(at: datetime) -> None:
    for name, share_bp, is_on in (("year", 1000, True), ("half", 500, True), ("old", 9000, False)):
        Holdout.objects.create(name=name, share_bp=share_bp, is_on=is_on)
    started(draft("one"), at)
    invalidate_phase_cache()
    with counting() as captured:
        known = cached_phases()
    assert len(statements(captured)) == 1
    assert sorted(share_bp for _, share_bp in known.holdouts) == [500, 1000]


def test_paused_serves_control_and_ended_serves_the_winner(at: datetime) -> None:
    phase = started(draft(weights_bp={"control": 0, "bold": 10_000}), at)
    pause_phase(phase=phase, by=None, at=at)
    invalidate_phase_cache()
    assert get_variant("copy", assignment_context(), at).arm == "control"
    stop_phase(phase=phase, by=staff_user(), at=at, winner="bold")
    invalidate_phase_cache()
    won = get_variant("copy", assignment_context("new"), at)
    assert (won.arm, won.is_enrolled) == ("bold", False)


def test_ended_without_a_winner_serves_what_the_code_does(at: datetime) -> None:
    phase = started(draft(), at)
    stop_phase(phase=phase, by=staff_user(), at=at)
    invalidate_phase_cache()
    assert get_variant("copy", assignment_context(), at) == Variant("copy")


def test_raising_coverage_moves_nobody(at: datetime) -> None:
    phase = started(draft(coverage_bp=3000), at, seed="fixed")
    people = [f"person-{number}" for number in range(300)]
    before = {one: get_variant("copy", assignment_context(one), at) for one in people}
    increase_coverage(phase=phase, coverage_bp=8000, by=staff_user(), at=at)
    invalidate_phase_cache()
    after = {one: get_variant("copy", assignment_context(one), at) for one in people}
    enrolled = [one for one in people if before[one].is_enrolled]
    assert 60 < len(enrolled) < 120
    assert all(after[one].arm == before[one].arm for one in enrolled)
    assert sum(variant.is_enrolled for variant in after.values()) > 200


def test_a_restart_shuffles_everybody(at: datetime) -> None:
    trial = draft()
    started(trial, at, seed="fixed")
    people = [f"person-{number}" for number in range(200)]
    before = [get_variant("copy", assignment_context(one), at).arm for one in people]
    restart_experiment(experiment=trial, weights_bp={}, by=staff_user(), at=at)
    Phase.objects.filter(number=2).update(seed="another")
    invalidate_phase_cache()
    after = [get_variant("copy", assignment_context(one), at).arm for one in people]
    assert 70 < sum(one == other for one, other in zip(before, after, strict=True)) < 130


def test_a_forced_arm_is_never_part_of_the_test(at: datetime) -> None:
    started(draft(), at)
    is_measured("x")
    assert forced_variant("copy", "bold") == Variant("copy", "bold", {"word": "bold"})
    assert forced_variant("copy", "nothing") == Variant("copy")


@pytest.mark.django_db(transaction=True)
def test_with_the_database_away_the_hash_decides_the_same(at: datetime) -> None:
    started(draft(), at, seed="fixed")
    known = get_variant("copy", assignment_context("person-1"), at)
    clear_assignment_cache()
    invalidate_phase_cache()

    def away(*_: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        assert get_variant("copy", assignment_context("person-1"), at).arm == known.arm
