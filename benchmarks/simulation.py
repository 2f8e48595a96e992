"""Measure how often the interval of K contains the planted K, over many seeds of the simulated school.

    python -m benchmarks.simulation [--seeds 100] [--users 150] [--days 7]

Every seed is a school of its own that lives through the services in a database of its own, a copy of one migrated
database. Baseline: a 95% interval contains the truth in 95% of the seeds; the issue allows 3 points. Loops shown to
fewer than 30 people are left out, and counted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.harness import SERVER, create_database, drop_database, migrated_template
from monitoring.management.commands.simulate import INSIDE, SCRATCH

MIN_PEOPLE = 30
TOLERANCE = 0.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--users", type=int, default=150)
    parser.add_argument("--days", type=int, default=7)
    arguments = parser.parse_args()
    began = perf_counter()
    with migrated_template() as template, tempfile.TemporaryDirectory() as folder:

        def read(seed: int) -> dict[str, Any]:
            return simulated(template, Path(folder), seed, users=arguments.users, days=arguments.days)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            readings = list(pool.map(read, range(1, arguments.seeds + 1)))
    print_coverage(readings)
    print(
        f"{arguments.seeds} seeds of {arguments.users} people and {arguments.days} days: {perf_counter() - began:.0f} s"
    )


def simulated(template: str, folder: Path, seed: int, *, users: int, days: int) -> dict[str, Any]:
    """The read-out of one seed."""
    name, written = f"bench_simulation_{seed}", folder / f"{seed}.json"
    create_database(name, template)
    try:
        url = f"postgres://{SERVER}/{name}"
        files = ["--json", str(written), "--report", str(folder / f"{seed}.html")]
        command = [sys.executable, "manage.py", "simulate", f"--seed={seed}", f"--users={users}", f"--days={days}"]
        environment = os.environ | SCRATCH | {"DATABASE_URL": url, INSIDE: url}
        subprocess.run([*command, *files], env=environment, check=True, capture_output=True)  # noqa: S603  (our own)
    finally:
        drop_database(name)
    reading: dict[str, Any] = json.loads(written.read_text())
    return reading


def print_coverage(readings: list[dict[str, Any]]) -> None:
    inside, judged, skipped = Counter[str](), Counter[str](), Counter[str]()
    for reading in readings:
        for loop in reading["loops"]:
            measured = loop["measured"]
            if measured["people"] < MIN_PEOPLE:
                skipped[loop["name"]] += 1
                continue
            judged[loop["name"]] += 1
            inside[loop["name"]] += measured["low"] <= loop["true_k"] <= measured["high"]
    print(f"{'loop':<18}{'inside':>8}{'judged':>8}{'share':>8}{'small':>8}")
    for name in sorted(judged | skipped):
        share = f"{inside[name] / judged[name]:.1%}" if judged[name] else "-"
        print(f"{name:<18}{inside[name]:>8}{judged[name]:>8}{share:>8}{skipped[name]:>8}")
    rate = inside.total() / judged.total()
    verdict = "PASS" if abs(rate - 0.95) <= TOLERANCE else "FAIL"
    print(f"{'all':<18}{inside.total():>8}{judged.total():>8}{rate:>8.1%}{skipped.total():>8}  {verdict}")


if __name__ == "__main__":
    main()
