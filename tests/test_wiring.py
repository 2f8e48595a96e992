"""The wiring page: one block per event, and the events that a metric of an experiment may count."""

import ast
from collections import Counter
from pathlib import Path

from loops.core import experiment_adapter
from viral_engine import wiring
from viral_engine.kernel import bus

BLOCKS = [
    node.args[0].id
    for node in ast.walk(ast.parse(Path(wiring.__file__).read_text(encoding="utf-8")))
    if isinstance(node, ast.Call)
    and isinstance(node.func, ast.Name)
    and node.func.id == "on"
    and isinstance(node.args[0], ast.Name)
]


def test_each_event_has_one_block() -> None:
    assert {event: count for event, count in Counter(BLOCKS).items() if count > 1} == {}
    wired = {kind.__name__ for listeners in (bus._durable, bus._after_commit) for kind in listeners if listeners[kind]}
    assert wired == set(BLOCKS)


def test_wiring_twice_adds_no_listener() -> None:
    before = {kind: len(wired) for kind, wired in bus._durable.items()}
    calls = {kind: len(wired) for kind, wired in bus._after_commit.items()}
    wiring.connect()
    assert {kind: len(wired) for kind, wired in bus._durable.items()} == before
    assert {kind: len(wired) for kind, wired in bus._after_commit.items()} == calls


def test_metrics_may_count_the_events_that_reach_the_outcomes() -> None:
    assert sorted(kind.type for kind in bus.event_types_of(experiment_adapter.record_outcome)) == [
        "account_created",
        "booking_requested",
        "challenge_won",
        "fvm_reached",
        "guest_started",
        "invite_sent",
        "link_clicked",
        "practice_completed",
        "practice_started",
        "preferences_changed",
        "prompt_dismissed",
        "reward_redeemed",
        "signup_attributed",
    ]
