"""Run every benchmark, each in a process of its own: `python -m benchmarks.run`, or `--quick` for small sizes in CI.

The databases are copies of one that is migrated once. Exit code 1 when a benchmark failed; the others run all the same.
"""

import argparse
import os
import subprocess
import sys
from time import monotonic

from benchmarks.harness import migrated_template

FULL = (
    "decision",
    "safety_check",
    "fanout",
    "join_storm",
    "idle",
    "feed",
    "leaderboard",
    "experiment",
    "verdicts",
    "media",
    "dashboards",
    "health",
    "text_rules",
    "recaps",
    "export",
    "transcripts",
    "journey",
    "flow",
)
# Not timed tests: they prove that the benchmarks still run, and print what this machine gives.
QUICK = (
    "decision --decisions 200 --events 20000",
    "decision --rate 20 --seconds 3 --events 20000",
    "safety_check --checks 100 --decisions 20000",
    "recaps --parents 40",
    "transcripts",
    "journey --learners 6 --attempts 2",
    "flow --attempts 20",
    "fanout --members 100 --seconds 0.5",
    "join_storm --sockets 200",
    "idle --sockets 200",
    "feed --members 100 --repeats 5",
    "leaderboard --learners 20000 --reads 50 --results 20",
    "experiment --exposures 20000 --reads 2 --asks 500",
    "verdicts --runs 40",
    "media --cards 3 --reels 1",
    "dashboards --events 20000 --looks 8",
    "health --checks 10 --rate 20",
)


def run_all(lines: tuple[str, ...], template: str) -> list[str]:
    """Run the benchmarks one after the other; those that failed."""
    failed, environment = [], os.environ | {"BENCH_TEMPLATE": template}
    for line in lines:
        print(f"\n=== {line} ===", flush=True)
        start_s = monotonic()
        module, *arguments = line.split()
        command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
        if subprocess.run(command, env=environment, check=False).returncode:  # noqa: S603  (our own modules)
            failed.append(line)
        print(f"({monotonic() - start_s:.0f} s)", flush=True)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, in a few minutes")
    quick = parser.parse_args().quick
    with migrated_template() as template:
        failed = run_all(QUICK if quick else FULL, template)
    for line in failed:
        print(f"FAILED: {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
