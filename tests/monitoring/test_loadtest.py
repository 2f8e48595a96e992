"""The parts of the load test: limits, timings, stamps in chat lines, and lost frames."""

import time

import pytest
from django.test import Client

from feeds.rules import message_refusal
from monitoring.loadtest.learners import create_learners, retire_learners
from monitoring.loadtest.thresholds import bottleneck_notes, checks_of
from monitoring.loadtest.timings import Timings
from presence.tokens import read_token
from tests.load.measures import MARK, Measures, age_ms, stamp
from viral_engine.accounts.models import Cohort, User
from viral_engine.kernel.clock import now


def test_all_limits_hold_and_name_their_margins() -> None:
    checks = checks_of(decision_p95_ms=57.0, error_rate=0.002, arrival_p95_ms=80.0, lost_frames=0)
    assert [(check.passed, check.margin) for check in checks] == [
        (True, "93 ms below the limit"),
        (True, "0.80% below the limit"),
        (True, "920 ms below the limit"),
        (True, "at the limit"),
    ]


@pytest.mark.parametrize(
    ("decision", "errors", "arrival", "lost", "failed"),
    [
        (150.0, 0.0, 10.0, 0, "Decision, p95"),
        (None, 0.0, 10.0, 0, "Decision, p95"),
        (10.0, 0.01, 10.0, 0, "Errors"),
        (10.0, 0.0, 1000.0, 0, "Chat line to screen, p95"),
        (10.0, 0.0, None, 0, "Chat line to screen, p95"),
        (10.0, 0.0, 10.0, 1, "Lost frames"),
    ],
)
def test_a_value_at_or_over_its_limit_fails(
    decision: float | None, errors: float, arrival: float | None, lost: int, failed: str
) -> None:
    checks = checks_of(decision_p95_ms=decision, error_rate=errors, arrival_p95_ms=arrival, lost_frames=lost)
    assert [check.name for check in checks if not check.passed] == [failed]


def test_a_busy_generator_and_a_busy_machine_are_named() -> None:
    assert bottleneck_notes(generator_cores=0.8, machine_share=0.9, other_cores=0.4) == []
    notes = bottleneck_notes(generator_cores=0.97, machine_share=0.99, other_cores=0.5)
    assert [note.partition(".")[0] for note in notes] == [
        "The load generator used 97% of a core",
        "The machine's cores were 99% busy",
        "Programs outside the test used 0",
    ]


def test_timings_give_percentiles_by_nearest_rank() -> None:
    summary = Timings.of(range(1, 101)).summary()
    assert summary == {
        "count": 100,
        "failures": 0,
        "average_ms": 50.5,
        "p50_ms": 50,
        "p95_ms": 95,
        "p99_ms": 99,
        "max_ms": 100,
    }
    assert Timings().summary()["p95_ms"] == 0


def test_a_stamp_passes_the_contact_filter_and_tells_its_age() -> None:
    text = f"My {MARK}{stamp()}"
    assert message_refusal(text) is None
    time.sleep(0.02)
    assert 20 <= age_ms(text.partition(MARK)[2]) < 2000


def test_a_gap_in_the_numbers_counts_as_lost_and_a_repeat_does_not() -> None:
    measures = Measures()
    last = 5
    for seq in (6, 7, 7, 10, 11):
        last = measures.note_number("cohort:1", last, seq)
    assert (last, measures.lost, measures.newest) == (11, 2, {"cohort:1": 11})


def test_a_chat_line_counts_when_it_was_sent_during_the_measurement() -> None:
    measures = Measures()
    measures.note_arrival(5.0)  # warm-up
    measures.begin()
    measures.note_arrival(60_000.0)  # sent before
    time.sleep(0.02)
    measures.end()
    measures.note_arrival(1.0)  # sent before the end, and late
    assert (measures.chat.count, measures.chat.max_ms) == (1, 1.0)


@pytest.mark.django_db
def test_learners_come_in_cohorts_of_thirty_logged_in_and_leave_again() -> None:
    people = create_learners(count=31, at=now())
    assert len({person["topic"] for person in people}) == 2
    ticket = read_token(people[0]["token"])
    assert ticket is not None
    assert ticket.user_id == people[0]["id"]
    client = Client()
    client.cookies["sessionid"] = people[30]["session"]
    assert b"Sam30" in client.get("/").content
    retire_learners(people)
    assert User.objects.filter(is_active=True).count() == 0
    assert Cohort.objects.filter(is_active=True).count() == 0
    assert b"Sam30" not in client.get("/").content
