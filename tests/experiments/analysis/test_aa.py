from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from experiments.analysis.aa_check import AACheckResult, run_aa_check

FINE = AACheckResult(runs=1000, false_alarms=0.05, peeked_alarms=0.02, split_alarms=0.001, distance=0.03)


def test_equal_arms_are_found_equal() -> None:
    checked = run_aa_check(runs=150, units=500, rate=0.3, seed="test")
    assert checked.failures == ()
    assert 0.01 <= checked.false_alarms <= 0.1
    assert checked.peeked_alarms <= checked.false_alarms


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({"false_alarms": 0.22}, "the fixed test"),
        ({"peeked_alarms": 0.22}, "the confidence sequence"),
        ({"split_alarms": 0.01}, "the sample ratio alarm"),
        ({"distance": 0.07}, "p-values"),
    ],
)
def test_what_alarms_too_often_is_named(broken: dict[str, Any], expected: str) -> None:
    assert FINE.failures == ()
    (complaint,) = replace(FINE, **broken).failures
    assert complaint.startswith(expected)


def test_the_command_prints_and_judges() -> None:
    printed = StringIO()
    call_command("aa_check", runs=60, units=280, rate=0.4, stdout=printed)
    assert "60 runs of 280 people" in printed.getvalue()
    assert printed.getvalue().endswith("PASS\n")
    with pytest.raises(CommandError, match="a rate between"):
        call_command("aa_check", rate=1.5)
