"""Measure `check_action` on PostgreSQL against as many bare round trips.

    python -m benchmarks.safety_check [--checks 500] [--decisions 300000]

20,000 accounts share devices and networks, and their decisions are in the log. The person whose actions
are checked has a day of decisions behind them. Exit code 1 where a check takes more than four statements.
"""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.harness import own_database, percentile, report, timed

STATEMENTS, AIM_MS = 4, 5.0
PEOPLE = 20_000
ACCOUNTS = """
INSERT INTO accounts_user (password, is_superuser, is_staff, is_active, date_joined, person_id, username, username_key,
  first_name, last_name, role, grade, avatar, theme, language, current_subject, presence_visible, feed_visible,
  growth_prompts, email_updates, transcription, signup_device, signup_ip_hash, is_simulated)
SELECT '', false, false, true, %(at)s - n * interval '20 seconds', gen_random_uuid(), 'bench-' || n, 'bench-' || n,
  '', '', 'student', 8, '', '', 'en', '', true, true, true, true, true, 'device-' || n / 3, 'network-' || n / 30, false
FROM generate_series(1, %(people)s) n
"""
DECISIONS = """
INSERT INTO kernel_decision (agent, actor_id, guest_id, type, outcome, rationale, features, alternatives, is_degraded,
  latency_ms, decided_at)
SELECT 'trust_safety', first.id + n %% %(people)s, '', 'trigger_loop', 'allow', '', '{}', '[]', false, 1,
  %(at)s - n * interval '1 second'
FROM generate_series(1, %(decisions)s) n, (SELECT min(id) AS id FROM accounts_user) first
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=500)
    parser.add_argument("--decisions", type=int, default=300_000)
    arguments = parser.parse_args()
    with own_database("bench_safety_check"):
        return measure(arguments.checks, arguments.decisions)


def build(at: datetime, decisions: int) -> None:
    from django.db import connection

    values: dict[str, Any] = {"at": at, "people": PEOPLE, "decisions": decisions}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in (ACCOUNTS, DECISIONS):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
        cursor.execute("RESET statement_timeout")


def round_trips(count: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for _ in range(count):
            cursor.execute("SELECT 1")
            cursor.fetchone()


def measure(checks: int, decisions: int) -> int:
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now
    from viral_engine.kernel.models import Decision
    from viral_engine.safety.services import check_action

    at = now()
    build(at, decisions)
    person = User.objects.create_user(
        "ada", "ada@example.com", None, signup_device="device-9", signup_ip_hash="network-9", date_joined=at
    )
    User.objects.filter(pk=person.pk).update(date_joined=at - timedelta(days=90))
    person.refresh_from_db()
    rows = [
        Decision(agent="trust_safety", actor_id=person.pk, type="other", decided_at=at - timedelta(minutes=20 * n))
        for n in range(70)
    ]
    Decision.objects.bulk_create(rows)
    full = _checking(partial(check_action, user=person), at)
    with CaptureQueriesContext(connection) as captured:
        full()
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    statements = sum(not query["sql"].startswith(control) for query in captured.captured_queries)
    with transaction.atomic():
        baseline = [timed(partial(round_trips, statements)) for _ in range(checks)]
        inner = [timed(full) for _ in range(checks)]
    times = [timed(full) for _ in range(checks)]
    print(f"{PEOPLE} accounts, {decisions} decisions in the log\n")
    report(f"baseline: {statements} round trips", baseline, baseline=baseline)
    report("check_action in its caller's transaction", inner, baseline=baseline)
    report("check_action with a commit of its own", times, baseline=baseline)
    print(f"p95 {percentile(times, 0.95):.1f} ms and {statements} statements; the aim is {AIM_MS} ms and {STATEMENTS}")
    return int(statements > STATEMENTS)


def _checking(check: Callable[..., None], at: datetime) -> Callable[[], None]:
    """A check of a new action each time, so that no cap ends the measurement."""
    from viral_engine.safety.services.checks import ActionRefused

    numbers = iter(range(10**9))

    def act() -> None:
        try:
            check(action=f"benchmark_{next(numbers)}", at=at)
        except ActionRefused:
            return

    return act


if __name__ == "__main__":
    raise SystemExit(main())
