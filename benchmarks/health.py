"""Measure the health check of a busy site on PostgreSQL, and the pages of on-call staff and Prometheus.

    python -m benchmarks.health [--checks 100] [--rate 100]

The site makes `rate` decisions per second, has three days of request counts and 1,000 stored checks, and 10,000
deliveries wait. Baseline: as many `SELECT 1` as a check has statements, and a commit, on the same connection.
"""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from benchmarks.decision import round_trips
from benchmarks.harness import own_database, percentile, report, timed

STATEMENTS = 29  # per check
AIM_MS = 300
DECISIONS = """
INSERT INTO kernel_decision (agent, actor_id, guest_id, type, outcome, rationale, features, alternatives, is_degraded,
  latency_ms, decided_at)
SELECT (array['orchestrator', 'trust_safety', 'incentives'])[1 + n %% 3], n %% 5000, '', 'x',
  CASE WHEN n %% 2 = 0 THEN 'none' ELSE 'buddy_challenge' END, '', '{}', '[]', n %% 500 = 0, 1 + 40 * random(),
  %(start)s + n * interval '1 second' / %(rate)s
FROM generate_series(0, %(decisions)s - 1) n
"""
TALLIES = """
INSERT INTO monitoring_requesttally (at, requests, errors)
SELECT to_timestamp(floor(extract(epoch FROM %(at)s) / 30) * 30) - n * interval '30 seconds', 3000, n %% 2
FROM generate_series(0, 8639) n
"""
EVENT = """
INSERT INTO kernel_loggedevent (type, guest_id, link_code, properties, at, is_invalid)
VALUES (%(event)s, '', '', '{}', %(at)s - interval '1 hour', false)
"""
DELIVERIES = """
INSERT INTO kernel_delivery (event_id, listener, attempts, last_error)
SELECT (SELECT max(id) FROM kernel_loggedevent), 'listener.' || n, 0, '' FROM generate_series(1, 10000) n
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=100)
    parser.add_argument("--rate", type=int, default=100, help="decisions per second")
    arguments = parser.parse_args()
    with own_database("bench_health"):
        measure(arguments.checks, arguments.rate)


def build(at: datetime, checks: int, rate: int) -> int:
    """Fill the tables and return the number of decisions, which start five minutes before the first check."""
    from django.db import connection

    from monitoring.models import HealthCheck
    from viral_engine.accounts.events import AccountCreated

    decisions = (300 + 30 * (checks + 1)) * rate
    values: dict[str, datetime | int | str] = {
        "event": AccountCreated.type,
        "at": at,
        "start": at - timedelta(seconds=300),
        "rate": rate,
        "decisions": decisions,
    }
    with connection.cursor() as cursor:
        for statement in (DECISIONS, TALLIES, EVENT, DELIVERIES):
            cursor.execute(statement, values)
    moments = [at - timedelta(seconds=30 * number) for number in range(1000, 0, -1)]
    HealthCheck.objects.bulk_create(HealthCheck(slot=one, at=one, latency_avg_ms=20, requests=100) for one in moments)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return decisions


def measure(checks: int, rate: int) -> None:
    from monitoring.metrics import exposition
    from monitoring.models import HealthCheck
    from monitoring.queries import on_call_snapshot
    from monitoring.services import run_health_check
    from viral_engine.kernel.clock import now

    at = now()
    decisions = build(at, checks, rate)
    print(f"{decisions} decisions, 8,640 slots of requests, 10,000 deliveries\n")
    baseline = [timed(partial(round_trips, STATEMENTS)) for _ in range(300)]
    report(f"baseline: {STATEMENTS} round trips and a commit", baseline, baseline=baseline)
    run_health_check(at=at)
    moments = [at + timedelta(seconds=30 * number) for number in range(1, checks + 1)]
    times = [timed(partial(run_health_check, at=moment)) for moment in moments]
    assert HealthCheck.objects.filter(slot__gt=at).count() == checks  # noqa: S101  (a slot that is taken is cheaper)
    report("one check", times, baseline=baseline)
    last = moments[-1]
    report("on-call page, read and drawn", looks(partial(on_call_snapshot, last)), baseline=baseline)
    report("Prometheus metrics", looks(partial(exposition, last)), baseline=baseline)
    print(f"a check's p95 {percentile(times, 0.95):.0f} ms; the aim is {AIM_MS} ms")


def looks(act: Callable[[], object]) -> list[float]:
    return [timed(act) for _ in range(50)]


if __name__ == "__main__":
    main()
