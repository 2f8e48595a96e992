"""The contact rules against lines written for this project. The held-out files took no part in tuning them.

`python -m benchmarks.text_rules` prints the time each rule takes.
"""

import re
from pathlib import Path

import pytest

from viral_engine.kernel.text.contact import MAX_CHECKED, finding, name_finding, review_reason

CORPORA = Path(__file__).parents[2] / "corpora" / "contact"
MIN_RECALL, MAX_FALSE_ALARMS = 0.95, 0.02


def lines_of(name: str) -> list[str]:
    """The lines of a corpus; \\u200b and the like are written as escapes, because an editor hides them."""
    text = (CORPORA / f"{name}.txt").read_text()
    shown = [line for line in text.splitlines() if line and not line.startswith("# ")]
    return [re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), line) for line in shown]


@pytest.mark.parametrize("name", ["evasions", "evasions_held_out"])
def test_evasions_are_found(name: str) -> None:
    lines = lines_of(name)
    missed = [line for line in lines if not finding(line)]
    recall = 1 - len(missed) / len(lines)
    print(f"{name}: {len(lines)} lines, recall {recall:.1%}, missed {missed}")
    assert recall >= MIN_RECALL, missed


@pytest.mark.parametrize("name", ["honest", "honest_held_out"])
def test_honest_lines_pass(name: str) -> None:
    lines = lines_of(name)
    refused = [(line, finding(line)) for line in lines if finding(line)]
    rate = len(refused) / len(lines)
    print(f"{name}: {len(lines)} lines, false alarms {rate:.1%}, refused {refused}")
    assert rate <= MAX_FALSE_ALARMS, refused


def test_questions_of_strangers_are_refused_or_read_by_staff() -> None:
    lines = lines_of("worth_a_look")
    assert [line for line in lines if not finding(line) and not review_reason(line)] == []


def test_the_corpora_are_large_and_disjoint() -> None:
    evasions, held = set(lines_of("evasions")), set(lines_of("evasions_held_out"))
    honest, honest_held = set(lines_of("honest")), set(lines_of("honest_held_out"))
    assert (len(evasions | held) >= 600, len(held) >= 160) == (True, True)
    assert (len(honest | honest_held) >= 700, len(honest_held) >= 200) == (True, True)
    assert evasions & held == honest & honest_held == set()


@pytest.mark.parametrize(
    "name", ["Ada", "Zoë", "O'Neil", "Anne-Marie", "Ada L.", "李", "Оля", "Dick", "ada_l", "max99"]
)
def test_names_of_people_pass(name: str) -> None:
    assert name_finding(name) == ""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("snap: ada99", "name on another site"),
        ("snap_ada99", "name on another site"),
        ("555 123 4567", "phone number"),
        ("ada5551234567", "phone number"),
        ("www.example.com", "link"),
        ("ada.me", "link"),
        ("ada@example.com", "e-mail address"),
        ("12 Maple Street", "street address"),
        ("kys", "insult"),
    ],
)
def test_names_carry_nothing_to_be_reached_by(name: str, found: str) -> None:
    assert name_finding(name) == found


def test_long_text_is_refused_before_any_pattern_sees_it() -> None:
    assert finding("a" * MAX_CHECKED) == ""
    assert finding("a" * (MAX_CHECKED + 1)) == "extra length"
