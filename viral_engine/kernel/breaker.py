"""Asking an agent that may be down, slow or wrong: within a budget, with a default, and not again and again.

Python cannot interrupt a call that runs in its own thread. What is slow is used once it is there, but counted against
the agent: after five such calls in a row it is not asked for half a minute, and its callers keep their budget.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic, perf_counter
from typing import Generic, TypeVar

from django.db import connection, transaction

logger = logging.getLogger(__name__)
T = TypeVar("T")
FAILURES_TO_OPEN, OPEN_S = 5, 30.0


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`trouble` is empty when the agent itself answered, soundly and in time; else what the decision log says."""

    value: T
    trouble: str = ""


@dataclass(slots=True)
class Breaker:
    """Of one agent in one process: closed, or open until an instant; then one call tries whether it is back."""

    failures: int = 0
    open_until_s: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def may_ask(self, now_s: float) -> bool:
        with self.lock:
            if self.failures < FAILURES_TO_OPEN:
                return True
            if now_s < self.open_until_s:
                return False
            self.open_until_s = now_s + OPEN_S  # this call tries; the others wait for what it finds
            return True

    def count(self, now_s: float, *, is_fine: bool) -> None:
        with self.lock:
            self.failures = 0 if is_fine else self.failures + 1
            if self.failures >= FAILURES_TO_OPEN:
                self.open_until_s = now_s + OPEN_S


_breakers: dict[str, Breaker] = {}


def ask(
    agent: str,
    question: Callable[[], T],
    *,
    default: T,
    budget_ms: float,
    is_sound: Callable[[T], bool] = lambda _: True,
) -> Answer[T]:
    """The agent's answer, or the default with the reason why.

    A question that breaks a statement is asked in a savepoint, so the caller's transaction goes on.

    Cost  no statement; a savepoint inside a transaction.
    """
    breaker = _breakers.setdefault(agent, Breaker())
    if not breaker.may_ask(monotonic()):
        return Answer(default, f"{agent} is resting")
    started = perf_counter()
    try:
        value = _asked(question)
    except Exception as error:
        logger.exception("%s could not answer", agent)
        breaker.count(monotonic(), is_fine=False)
        return Answer(default, f"{agent} failed: {type(error).__name__}")
    took_ms = (perf_counter() - started) * 1000
    if not is_sound(value):
        breaker.count(monotonic(), is_fine=False)
        return Answer(default, f"{agent} answered nonsense")
    breaker.count(monotonic(), is_fine=took_ms <= budget_ms)
    return Answer(value, "" if took_ms <= budget_ms else f"{agent} took {took_ms:.0f} ms of {budget_ms:.0f}")


def _asked(question: Callable[[], T]) -> T:
    if not connection.in_atomic_block:
        return question()
    with transaction.atomic():
        return question()


def forget_failures() -> None:
    """As a process that has just started; tests begin so."""
    _breakers.clear()
