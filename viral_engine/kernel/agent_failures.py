"""Failures of agents in the decision log."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from time import perf_counter
from typing import TypeVar

from django.db import Error as AnyDatabaseError
from django.db import connection, transaction

from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision

logger = logging.getLogger(__name__)
E = TypeVar("E", bound=Event)
R = TypeVar("R")
FAILED = "failed"


class AgentFailed(Exception):
    """An agent failed inside a transaction, and the code that rolled it back stores `decision`.

    The cause is the agent's own error.
    """

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.rationale)
        self.decision = decision


def records_failures(agent: str) -> Callable[[Callable[[E, datetime], R]], Callable[[E, datetime], R]]:
    """Decorate an agent's listener: an error is logged as a failed, degraded decision of the agent, and raised again.

    Inside a transaction, whose rollback would take the row with it, AgentFailed is raised instead.
    """

    def decorate(listener: Callable[[E, datetime], R]) -> Callable[[E, datetime], R]:
        @wraps(listener)
        def guarded(event: E, at: datetime) -> R:
            started = perf_counter()
            try:
                return listener(event, at)
            except Exception as error:
                failure = failed_decision(
                    agent=agent,
                    asked=event.type,
                    actor_id=event.actor_id,
                    error=error,
                    latency_ms=(perf_counter() - started) * 1000,
                    at=at,
                )
                if connection.in_atomic_block:
                    raise AgentFailed(failure) from error
                store_failure(failure)
                raise

        return guarded

    return decorate


def record_failure(
    *, agent: str, asked: str, error: Exception, latency_ms: float, at: datetime, actor_id: int | None = None
) -> None:
    """Log that the agent failed. Cost  1 insert."""
    store_failure(
        failed_decision(agent=agent, asked=asked, error=error, latency_ms=latency_ms, at=at, actor_id=actor_id)
    )


def failed_decision(
    *, agent: str, asked: str, error: Exception, latency_ms: float, at: datetime, actor_id: int | None = None
) -> Decision:
    """The row of a failure. Its rationale names the kind of the error: the message may name people."""
    return Decision(
        agent=agent,
        actor_id=actor_id,
        type=asked,
        outcome=FAILED,
        rationale=f"It could not answer: {type(error).__name__}.",
        is_degraded=True,
        latency_ms=latency_ms,
        decided_at=at,
    )


def store_failure(failure: Decision) -> None:
    """Store the row; when the decision log cannot be reached, the failure goes to the text log. Cost  1 insert."""
    try:
        with transaction.atomic():
            failure.save(force_insert=True)
    except AnyDatabaseError:
        logger.exception("a failure of %s is not in the decision log", failure.agent)
