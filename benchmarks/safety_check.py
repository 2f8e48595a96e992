"""Measure `check_action` against bare round trips to the database, in a transaction that is rolled back.

    python -m benchmarks.safety_check

A check is three statements. The ratio compares its time with that of three `SELECT 1`: what is left is our own work,
whatever the machine and the load on it. The person has a day of decisions behind them.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from statistics import quantiles
from time import perf_counter

import django

CHECKS, WARM_UP = 300, 20
BUDGET_MS = 5.0


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
    django.setup()
    from django.db import connection, transaction

    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now
    from viral_engine.kernel.models import Decision
    from viral_engine.safety.services import ActionRefused, check_action

    at = now()

    def round_trips() -> None:
        with connection.cursor() as cursor:
            for _ in range(3):
                cursor.execute("SELECT 1")
                cursor.fetchone()

    def check() -> None:
        try:
            check_action(user=person, action="benchmark", at=at)
        except ActionRefused:
            return

    with transaction.atomic():
        person = User.objects.create_user("benchmark-ada", None, None, signup_device="bench", signup_ip_hash="bench")
        day = (at - timedelta(minutes=20 * number) for number in range(70))
        Decision.objects.bulk_create(
            Decision(agent="trust_safety", actor_id=person.pk, type="other", outcome="allow", decided_at=when)
            for when in day
        )
        bare, full = _timed(round_trips), _timed(check)
        transaction.set_rollback(True)
    print(f"{connection.vendor}: three round trips p50 {bare[0]:.2f} ms, p95 {bare[1]:.2f} ms")
    print(f"check_action p50 {full[0]:.2f} ms, p95 {full[1]:.2f} ms (budget {BUDGET_MS} ms), {full[0] / bare[0]:.1f}x")


def _timed(act: Callable[[], None]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    times = []
    for number in range(WARM_UP + CHECKS):
        started = perf_counter()
        act()
        if number >= WARM_UP:
            times.append((perf_counter() - started) * 1000)
    cuts = quantiles(times, n=20)
    return cuts[9], cuts[18]


if __name__ == "__main__":
    main()
