"""Circuit breaker: latency budget, fallback, and back-off after repeated failures of an agent.

Python cannot interrupt a call that runs in its own thread. A late value is still used, but it counts as a failure:
after five failures in a row the agent is not called for half a minute, and its callers keep their budget.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic, perf_counter
from typing import Generic, TypeVar

from django.db import connection

logger = logging.getLogger(__name__)
T = TypeVar("T")
FAILURES_TO_OPEN, OPEN_S = 5, 30.0


@dataclass(frozen=True, slots=True)
class CallResult(Generic[T]):
    """A value; `degraded_reason` is empty for a valid value in time, else the reason for the decision log."""

    value: T
    degraded_reason: str = ""


@dataclass(slots=True)
class CircuitBreaker:
    """The state of one agent in one process: closed, or open until an instant; then one call probes the agent."""

    failures: int = 0
    open_until_s: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def may_call(self, now_s: float) -> bool:
        with self.lock:
            if self.failures < FAILURES_TO_OPEN:
                return True
            if now_s < self.open_until_s:
                return False
            self.open_until_s = now_s + OPEN_S  # this call probes; the others wait for its outcome
            return True

    def count(self, now_s: float, *, is_fine: bool) -> None:
        with self.lock:
            self.failures = 0 if is_fine else self.failures + 1
            if self.failures >= FAILURES_TO_OPEN:
                self.open_until_s = now_s + OPEN_S


_breakers: dict[str, CircuitBreaker] = {}
_is_untimed: ContextVar[bool] = ContextVar("is_untimed", default=False)


@contextmanager
def untimed() -> Iterator[None]:
    """Take late answers as if in time: on a simulation's moved clock the machine's speed must change nothing."""
    before = _is_untimed.set(True)
    try:
        yield
    finally:
        _is_untimed.reset(before)


def call_with_fallback(
    agent: str,
    function: Callable[[], T],
    *,
    fallback: T,
    budget_ms: float,
    is_sound: Callable[[T], bool] = lambda _: True,
) -> CallResult[T]:
    """Call the agent and return its value, or the fallback with the reason.

    Inside a transaction the agent runs in a savepoint, so a statement of its that fails leaves the transaction usable.

    Cost  no statement; inside a transaction a savepoint, if the agent runs a statement.
    """
    breaker = _breakers.setdefault(agent, CircuitBreaker())
    if not breaker.may_call(monotonic()):
        return CallResult(fallback, f"{agent} is resting")
    started = perf_counter()
    try:
        value = _ask(agent, function)
    except Exception as error:
        logger.exception("%s could not answer", agent)
        breaker.count(monotonic(), is_fine=False)
        return CallResult(fallback, f"{agent} failed: {type(error).__name__}")
    took_ms = (perf_counter() - started) * 1000
    if not is_sound(value):
        breaker.count(monotonic(), is_fine=False)
        return CallResult(fallback, f"{agent} answered nonsense")
    is_late = took_ms > budget_ms and not _is_untimed.get()
    breaker.count(monotonic(), is_fine=not is_late)
    return CallResult(value, f"{agent} took {took_ms:.0f} ms of {budget_ms:.0f}" if is_late else "")


def _ask(agent: str, function: Callable[[], T]) -> T:  # noqa: ARG001  (drills break one agent's calls here)
    return _in_savepoint(function)


def _in_savepoint(function: Callable[[], T]) -> T:
    """Call the function; undo its statements if it fails. A function without statements needs no savepoint."""
    if not connection.in_atomic_block:
        return function()
    savepoint = LazySavepoint()
    with connection.execute_wrapper(savepoint):
        try:
            value = function()
        except Exception:
            savepoint.roll_back()
            raise
    savepoint.release()
    return value


_is_opening: ContextVar[bool] = ContextVar("is_opening", default=False)


class LazySavepoint:
    """A savepoint that the first statement opens; an execute wrapper. Ends like `transaction.atomic`."""

    def __init__(self) -> None:
        self._id: str | None = None
        self._callbacks = len(connection.run_on_commit)
        self._was_broken = connection.needs_rollback

    def __call__(self, execute: Callable[..., T], *statement: object) -> T:
        if self._id is None and not _is_opening.get():  # opening is a statement, too, which nested savepoints see
            before = _is_opening.set(True)
            try:
                self._id = connection.savepoint()
            finally:
                _is_opening.reset(before)
        return execute(*statement)

    def release(self) -> None:
        if connection.needs_rollback:  # a write failed, and the function went on
            self.roll_back()
        elif self._id is not None:
            connection.savepoint_commit(self._id)

    def roll_back(self) -> None:
        del connection.run_on_commit[self._callbacks :]
        connection.needs_rollback = self._was_broken  # the savepoint is older than the write that failed
        if self._id is not None:
            connection.savepoint_rollback(self._id)
            connection.savepoint_commit(self._id)


def reset_breakers() -> None:
    """Close every breaker, as in a process that has just started."""
    _breakers.clear()
