from collections.abc import Callable
from time import sleep

import pytest
import time_machine

from viral_engine.kernel.circuit_breaker import FAILURES_TO_OPEN, OPEN_S, CircuitBreaker, call_with_fallback
from viral_engine.kernel.models import PeriodicRun


def fails() -> str:
    raise LookupError("words of a person")


def asked(question: Callable[[], str], **more: object) -> tuple[str, str]:
    answer = call_with_fallback("oracle", question, fallback="default", budget_ms=1000, **more)  # type: ignore[arg-type]
    return answer.value, answer.degraded_reason


@pytest.mark.django_db
def test_an_agent_that_answers_is_heard() -> None:
    assert asked(lambda: "yes") == ("yes", "")


@pytest.mark.django_db
def test_an_agent_that_fails_is_replaced_and_its_words_are_not_kept() -> None:
    assert asked(fails) == ("default", "oracle failed: LookupError")


@pytest.mark.django_db
def test_nonsense_is_replaced() -> None:
    assert asked(lambda: "garbage", is_sound=lambda value: value == "yes") == ("default", "oracle answered nonsense")


@pytest.mark.django_db
def test_a_late_answer_is_used_and_counted() -> None:
    def slow() -> str:
        sleep(0.002)
        return "yes"

    answer = call_with_fallback("oracle", slow, fallback="default", budget_ms=1)
    assert answer.value == "yes"
    assert answer.degraded_reason.endswith("ms of 1")


@pytest.mark.django_db
def test_after_five_failures_it_is_not_asked_again() -> None:
    calls: list[int] = []

    def counted() -> str:
        calls.append(1)
        return fails()

    for _ in range(FAILURES_TO_OPEN + 3):
        asked(counted)
    assert len(calls) == FAILURES_TO_OPEN
    assert asked(lambda: "yes") == ("default", "oracle is resting")


def test_one_call_tries_whether_it_is_back() -> None:
    breaker = CircuitBreaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.count(0.0, is_fine=False)
    assert [breaker.may_call(OPEN_S - 1), breaker.may_call(OPEN_S), breaker.may_call(OPEN_S)] == [False, True, False]
    breaker.count(OPEN_S, is_fine=True)
    assert breaker.may_call(OPEN_S)


@pytest.mark.django_db
def test_a_broken_statement_leaves_the_callers_transaction_whole() -> None:
    """PostgreSQL refuses every statement after a failed one, unless that one stood in a savepoint."""
    with time_machine.travel("2026-03-04T15:00:00Z", tick=False):
        slot = PeriodicRun.objects.create(task="once", slot="2026-03-04T15:00:00Z")
        twice = call_with_fallback(
            "oracle",
            lambda: PeriodicRun.objects.create(task="once", slot="2026-03-04T15:00:00Z"),
            fallback=slot,
            budget_ms=1000,
        )
    assert twice.degraded_reason == "oracle failed: IntegrityError"
    assert PeriodicRun.objects.count() == 1
