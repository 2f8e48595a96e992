"""Measure the results of a phase with a million exposures on PostgreSQL, and the cost of an assignment.

    python -m benchmarks.experiment [--exposures 1000000] [--reads 5] [--asks 20000]

Baseline of the results: counting the exposures. Baseline of an assignment: a dictionary lookup.
"""

import argparse
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any
from uuid import uuid4

from benchmarks.harness import own_database, percentile, report, timed

EXPOSURES = """
INSERT INTO experiments_exposure (phase_id, unit, arm, at, "on", is_crossed)
SELECT %(phase)s, gen_random_uuid()::text, (ARRAY['control', 'variant_a'])[1 + n %% 2], moment, moment::date,
  n %% 500 = 0
FROM (SELECT n, now() - (n %% 28) * interval '1 day' AS moment FROM generate_series(1, %(exposures)s) n) a
"""
# One in ten converts; in the second arm one in nine.
OUTCOMES = """
INSERT INTO experiments_outcome (
    exposure_id, metric_id, phase_id, arm, count, total, before, first_on, week, count_before_week, total_before_week
)
SELECT id, %(metric)s, %(phase)s, arm, 1 + id %% 3, (id %% 101), 0, "on", id %% 4, 0, 0 FROM experiments_exposure
WHERE random() < CASE arm WHEN 'control' THEN 0.1 ELSE 0.111 END
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exposures", type=int, default=1_000_000)
    parser.add_argument("--reads", type=int, default=5)
    parser.add_argument("--asks", type=int, default=20_000)
    arguments = parser.parse_args()
    with own_database("bench_experiment"):
        phase = build(arguments.exposures)
        measure_results(phase, arguments.reads)
        measure_assignment(arguments.asks)


def build(exposures: int) -> Any:
    """Create a phase with all its rows: three binary metrics and one mean."""
    from django.db import connection

    from experiments.models import Experiment, Metric
    from experiments.services.lifecycle import start_experiment
    from loops.core.default_experiments import load_default_experiments
    from viral_engine.kernel.clock import now
    from viral_engine.learning.events import PracticeCompleted

    load_default_experiments()
    trial = Experiment.objects.get(key="buddy_challenge_copy")
    facts = {"role": "goal", "kind": "mean", "event": PracticeCompleted.type, "value_of": "score"}
    Metric.objects.create(experiment=trial, title="Score", **facts)
    phase = start_experiment(experiment=trial, by=None, at=now() - timedelta(days=31))
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(EXPOSURES, {"phase": phase.pk, "exposures": exposures})
        for metric in trial.metrics.all():
            cursor.execute(OUTCOMES, {"phase": phase.pk, "metric": metric.pk})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")
    return phase


def measure_results(phase: Any, reads: int) -> None:
    from experiments.models import Exposure
    from experiments.services.results import get_results
    from experiments.services.sufficient_stats import read_phase_stats
    from viral_engine.kernel.clock import now

    get_results("buddy_challenge_copy", at=now())  # loads scipy
    counted = [timed(Exposure.objects.filter(phase=phase).count) for _ in range(reads)]
    week = phase.started_at + timedelta(days=28)
    whole = [timed(partial(get_results, "buddy_challenge_copy", at=week)) for _ in range(reads)]
    between = [timed(partial(get_results, "buddy_challenge_copy", at=week + timedelta(days=2))) for _ in range(reads)]
    read = [timed(partial(read_phase_stats, phase, week)) for _ in range(reads)]
    print(f"\n{Exposure.objects.count():,} exposures, 4 metrics, PostgreSQL")
    report("counting the exposures (baseline)", counted, baseline=counted)
    report("sufficient statistics", read, baseline=counted)
    report("results at the end of a week", whole, baseline=counted)
    report("results between two weeks", between, baseline=counted)


def measure_assignment(asks: int) -> None:
    from experiments import rules
    from experiments.services.assignment import AssignmentContext, get_variant
    from viral_engine.kernel.clock import now

    people, at = [AssignmentContext(str(uuid4())) for _ in range(asks)], now()
    units = {one.person: one for one in people}
    seed_state = rules.fnv32a("0a1b2c3d")

    def each(name: str, act: Any, *, baseline_us: float | None = None) -> float:
        runs = []
        for _ in range(3):
            start = perf_counter()
            for one in people:
                act(one)
            runs.append((perf_counter() - start) * 1e6 / asks)
        best = percentile(runs, 0.5)
        ratio = "" if baseline_us is None else f"   {best / baseline_us:6.1f} x baseline"
        print(f"{name:<44} {best:8.2f} us{ratio}")
        return best

    print(f"\n{asks:,} people are assigned, one process")
    base = each("a dictionary lookup (baseline)", lambda one: units[one.person])
    each("hash and bucket", lambda one: rules.bucket_from_state(seed_state, one.person), baseline_us=base)
    first = timed(lambda: [get_variant("buddy_challenge_copy", one, at) for one in people])
    print(f"{'first assignment, stored in PostgreSQL':<44} {first * 1000 / asks:8.2f} us")
    each("second assignment", lambda one: get_variant("buddy_challenge_copy", one, at), baseline_us=base)


if __name__ == "__main__":
    main()
