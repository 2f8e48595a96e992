"""Decisions of agents, as many as a check needs."""

from datetime import datetime, timedelta

from viral_engine.kernel.models import Decision


def make_decisions(
    agent: str, count: int, *, at: datetime, latency_ms: float = 10, degraded: int = 0, outcome: str = "x"
) -> None:
    Decision.objects.bulk_create(
        Decision(
            agent=agent,
            type="practice_completed",
            outcome=outcome,
            latency_ms=latency_ms + number % 20,
            is_degraded=number < degraded,
            decided_at=at - timedelta(seconds=10 + 90 * (number % 2)),
        )
        for number in range(count)
    )
