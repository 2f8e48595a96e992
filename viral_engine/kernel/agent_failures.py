"""Failures of agents in the decision log."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from time import perf_counter
from typing import TypeVar

from django.db import DatabaseError, transaction

from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions

logger = logging.getLogger(__name__)
E = TypeVar("E", bound=Event)
R = TypeVar("R")
FAILED = "failed"


def records_failures(agent: str) -> Callable[[Callable[[E, datetime], R]], Callable[[E, datetime], R]]:
    """Decorate an agent's listener: an error is logged as a failed, degraded decision of the agent, and raised again.

    Only for listeners outside of any transaction: a rollback would take the row with it.
    """

    def decorate(listener: Callable[[E, datetime], R]) -> Callable[[E, datetime], R]:
        @wraps(listener)
        def guarded(event: E, at: datetime) -> R:
            started = perf_counter()
            try:
                return listener(event, at)
            except Exception as error:
                record_failure(
                    agent=agent,
                    asked=event.type,
                    actor_id=event.actor_id,
                    error=error,
                    latency_ms=(perf_counter() - started) * 1000,
                    at=at,
                )
                raise

        return guarded

    return decorate


def record_failure(
    *, agent: str, asked: str, error: Exception, latency_ms: float, at: datetime, actor_id: int | None = None
) -> None:
    """Log that the agent failed. The rationale names the kind of the error: its message may name people.

    Cost  1 insert. When the decision log cannot be reached, the failure goes to the text log.
    """
    decision = Decision(
        agent=agent,
        actor_id=actor_id,
        type=asked,
        outcome=FAILED,
        rationale=f"It could not answer: {type(error).__name__}.",
        is_degraded=True,
        latency_ms=latency_ms,
        decided_at=at,
    )
    try:
        with transaction.atomic():
            record_decisions(decision)
    except DatabaseError:
        logger.exception("a failure of %s is not in the decision log", agent)
