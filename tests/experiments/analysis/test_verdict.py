from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis import means, proportions, verdict
from experiments.analysis.guardrail import GuardrailState
from experiments.analysis.samples import BinarySample, MeanSample
from experiments.analysis.verdict import ArmEvidence, Evidence, VerdictKind
from tests.experiments.analysis.plain import arms, sent, untimed

CONTROL = BinarySample(10_000, 500)


def arm(name: str, seen: BinarySample, *guardrails: tuple[str, GuardrailState]) -> ArmEvidence:
    comparison = proportions.compare(CONTROL, seen)
    return ArmEvidence(name, seen.units, seen.conversions, comparison, comparison.p_value, guardrails)


def evidence(*treatments: ArmEvidence, control: BinarySample = CONTROL) -> Evidence:
    return Evidence(
        control=ArmEvidence("Plain", control.units, control.conversions),
        treatments=treatments,
        is_split_as_set=True,
        units_in_two_arms=0,
        days=14,
        planned_units=10_000,
        is_sequential=False,
    )


WARM = arm("Warm", BinarySample(10_000, 600))


def test_a_winner_says_what_it_gains_and_how_lucky_that_would_be() -> None:
    seen = verdict.decide_verdict(evidence(WARM))
    assert (seen.kind, seen.arm, seen.headline) == (VerdictKind.WINNER, "Warm", "Warm is better than Plain.")
    assert seen.reasons == (
        "Warm: 20.0% more than Plain, likely between 6.9% more and 34.7% more (95% confidence interval).",
        "If both arms were equal, chance would produce this result at most once in 519 experiments.",
    )


def test_a_loser_keeps_control() -> None:
    seen = verdict.decide_verdict(evidence(arm("Warm", BinarySample(10_000, 400))))
    assert (seen.kind, seen.arm, seen.headline) == (VerdictKind.LOSER, None, "Keep Plain: no other arm is better.")
    assert seen.reasons[0].startswith("Warm: 20.0% less than Plain, likely between 29.6% less and 9.0% less (95% ")


def test_less_may_be_better() -> None:
    fewer = replace(evidence(arm("Warm", BinarySample(10_000, 400))), wants_more=False)
    assert verdict.decide_verdict(fewer).kind == VerdictKind.WINNER
    assert verdict.decide_verdict(replace(evidence(WARM), wants_more=False)).kind == VerdictKind.LOSER


def test_a_full_test_without_proof_found_no_difference() -> None:
    seen = verdict.decide_verdict(evidence(arm("Warm", BinarySample(10_000, 560))))
    assert (seen.kind, seen.headline) == (VerdictKind.NO_DIFFERENCE, "No arm is better than Plain.")
    said = "Warm: 12.0% more than Plain, likely between 0.4% less and 25.9% more (95% confidence interval)."
    assert seen.reasons == (said,)


def test_the_best_of_several_wins_and_a_worse_one_is_no_obstacle() -> None:
    better, worse = arm("Warmer", BinarySample(10_000, 700)), arm("Cold", BinarySample(10_000, 400))
    seen = verdict.decide_verdict(evidence(WARM, worse, better))
    assert (seen.kind, seen.arm) == (VerdictKind.WINNER, "Warmer")
    assert seen.reasons[2] == "Warm is also better than Plain; Warmer gains most."
    undecided = verdict.decide_verdict(evidence(worse, arm("Mild", BinarySample(10_000, 510))))
    assert undecided.kind == VerdictKind.NO_DIFFERENCE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"days": 10}, "Wait 4 more days to complete the week, because weekends differ from school days."),
        ({"days": 13}, "Wait 1 more day to complete the week, because weekends differ from school days."),
        ({"days": 0}, "Wait 7 more days to complete the week, because weekends differ from school days."),
        ({"planned_units": 20_000}, "The smallest arm has 10,000 of the 20,000 planned people."),
        ({"planned_units": None}, "No sample size was planned. Plan one, or use a sequential test."),
    ],
)
def test_nothing_is_read_early(change: dict[str, Any], reason: str) -> None:
    seen = verdict.decide_verdict(replace(evidence(WARM), **change))
    assert (seen.kind, seen.reasons) == (VerdictKind.KEEP_RUNNING, (reason,))


def test_every_arm_needs_people_and_conversions() -> None:
    few = evidence(arm("Warm", BinarySample(49, 30)), control=BinarySample(10_000, 4))
    seen = verdict.decide_verdict(replace(few, planned_units=1))
    assert seen.kind == VerdictKind.KEEP_RUNNING
    assert seen.reasons == ("Plain has 4 conversions; it needs 5.", "Warm has 49 people; it needs 50.")
    enough = evidence(arm("Warm", BinarySample(50, 30)), control=BinarySample(10_000, 5))
    assert verdict.decide_verdict(replace(enough, planned_units=1)).kind == VerdictKind.WINNER


def test_a_sequential_test_may_win_before_it_is_full_and_ends_when_it_is() -> None:
    early = replace(evidence(WARM), planned_units=20_000, is_sequential=True)
    assert verdict.decide_verdict(early).kind == VerdictKind.WINNER
    mild = replace(early, treatments=(arm("Mild", BinarySample(10_000, 510)),))
    assert verdict.decide_verdict(mild).headline == "Keep running: nothing is proven yet."
    assert verdict.decide_verdict(replace(mild, planned_units=None)).kind == VerdictKind.KEEP_RUNNING
    assert verdict.decide_verdict(replace(mild, planned_units=10_000)).kind == VerdictKind.NO_DIFFERENCE


def test_broken_data_is_no_verdict() -> None:
    unbalanced = verdict.decide_verdict(replace(evidence(WARM), is_split_as_set=False))
    assert (unbalanced.kind, unbalanced.arm, len(unbalanced.reasons)) == (VerdictKind.WITHHELD, None, 1)
    mixed = verdict.decide_verdict(replace(evidence(WARM), units_in_two_arms=201))
    assert (mixed.kind, mixed.reasons) == (
        VerdictKind.WITHHELD,
        ("1.0% of people saw more than one arm; at most 1% may.",),
    )
    assert verdict.decide_verdict(replace(evidence(WARM), units_in_two_arms=200)).kind == VerdictKind.WINNER


def test_harm_stops_at_once_and_never_wins() -> None:
    harmful = arm(
        "Warm", BinarySample(10_000, 700), ("reports", GuardrailState.BREACHED), ("opt-outs", GuardrailState.OK)
    )
    early = replace(evidence(harmful), days=2)
    seen = verdict.decide_verdict(early)
    assert (seen.kind, seen.headline) == (VerdictKind.LOSER, "Stop: keep Plain.")
    assert seen.reasons == ("Warm breaches a guardrail: reports.",)
    other = verdict.decide_verdict(evidence(harmful, arm("Mild", BinarySample(10_000, 620))))
    assert (other.kind, other.arm, other.reasons[-1]) == (
        VerdictKind.WINNER,
        "Mild",
        "Warm breaches a guardrail: reports.",
    )
    assert (
        verdict.decide_verdict(replace(early, is_split_as_set=False)).reasons[-1]
        == "Warm breaches a guardrail: reports."
    )


def test_a_winner_that_is_watched_says_so() -> None:
    seen = verdict.decide_verdict(evidence(arm("Warm", BinarySample(10_000, 600), ("reports", GuardrailState.WATCH))))
    assert (seen.kind, seen.reasons[-1]) == (VerdictKind.WINNER, "Watch reports: it may be past its limit.")


def test_a_mean_is_told_in_its_own_units_where_percent_says_nothing() -> None:
    comparison = means.compare(MeanSample(100, 0, 400), MeanSample(100, 250, 1_000))
    mean = ArmEvidence("Warm", 100, None, comparison, comparison.p_value)
    seen = verdict.decide_verdict(replace(evidence(mean, control=BinarySample(100, 50)), planned_units=100))
    said = "Warm: 2.5 more than Plain, likely between 1.95 more and 3.05 more (95% confidence interval)."
    assert seen.reasons[0] == said


def test_what_cannot_be_compared_is_said() -> None:
    silent = ArmEvidence("Warm", 10_000, 600)
    assert verdict.decide_verdict(evidence(silent)).reasons == ("Warm cannot be compared with Plain.",)


@untimed
@given(arms(300), arms(300), st.integers(0, 30), st.integers(0, 10), st.booleans())
def test_any_counts_give_words_that_can_be_sent(
    control: BinarySample, treatment: BinarySample, days: int, doubles: int, is_sequential: bool
) -> None:
    comparison = proportions.compare(control, treatment)
    warm = ArmEvidence("Warm", treatment.units, treatment.conversions, comparison, comparison.p_value)
    facts = replace(
        evidence(warm, control=control),
        days=days,
        units_in_two_arms=doubles,
        is_sequential=is_sequential,
        planned_units=50,
    )
    seen = verdict.decide_verdict(facts)
    assert sent(seen)
    assert seen.reasons
    assert "nan" not in " ".join(seen.reasons)
    assert (seen.kind == VerdictKind.WINNER) == (seen.arm is not None)
