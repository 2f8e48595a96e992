"""`make test`: run the suite on SQLite in one process, and beside it on PostgreSQL with Redis where they answer.

Three lanes run at the same time, each part on its own databases, because tests wait more than they compute. The part
on SQLite prints as it goes, the others when they end. Tests that no database can change run once.
Without PostgreSQL and Redis, `make test` leaves those tests out and says so; in CI (CI=true) a missing service fails.

CI shuffles the tests with a fixed seed, other runs with a new one. CI reruns failed tests once and prints both runs:
a machine that stalls for a moment must not fail a build. A part that runs longer than `MAX_PART_S` is killed and
fails with the output it had. `make test` ends with the seconds of each part.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/5")
# A test database is named after the database of the address, which itself is never opened.
OTHER_POSTGRES_URL = os.environ.get("TEST_OTHER_POSTGRES_URL", POSTGRES_URL.rpartition("/")[0] + "/faults")
OTHER_REDIS_URL = os.environ.get("TEST_OTHER_REDIS_URL", REDIS_URL.rpartition("/")[0] + "/6")
ONCE_URL = f"sqlite:///{Path(__file__).parent.parent / 'var' / 'once.sqlite3'}"
IN_CI = os.environ.get("CI") == "true"
PATIENT = {"DATABASE_STATEMENT_MS": "60000"}  # a busy disk makes and drops a test database slowly
LANES = 3
MAX_PART_S = 60 * 60
ORDER = ["--randomly-seed=20261121", "--durations=30"] if IN_CI else []
outputs: dict[str, IO[bytes]] = {}


@dataclass(frozen=True)
class Part:
    """One run of pytest: its title, and the environment that selects its tests and its databases."""

    name: str
    title: str
    environment: dict[str, str]

    def passes(self) -> bool:
        """Run the part; its output waits for `show`, so that its lane is free for the next part at once."""
        outputs[self.name] = tempfile.TemporaryFile()  # noqa: SIM115  (`show` closes it)
        return self.runs(outputs[self.name])

    def show(self) -> None:
        with outputs.pop(self.name) as output:
            output.seek(0)
            print(f"\n=== {self.title} ===", flush=True)
            sys.stdout.buffer.write(output.read())
            sys.stdout.buffer.flush()

    def runs(self, output: IO[bytes] | None = None) -> bool:
        code = self.run_pytest(output)
        if code == pytest.ExitCode.TESTS_FAILED and IN_CI:
            return self.run_pytest(output, "--last-failed", "--last-failed-no-failures=none") == pytest.ExitCode.OK
        # A part may hold none of the tests that were named on the command line.
        return code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}

    def run_pytest(self, output: IO[bytes] | None, *more: str) -> int:
        base = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        failures = f"cache_dir=.pytest_cache/{self.name}"  # each part keeps its own
        command = [sys.executable, "-m", "pytest", "-o", failures, *ORDER, *more, *sys.argv[1:]]
        environment = base | self.environment
        try:
            result = subprocess.run(
                command, env=environment, stdout=output, stderr=output, timeout=MAX_PART_S, check=False
            )
        except subprocess.TimeoutExpired:
            print(f"Killed after {MAX_PART_S} s: {self.title}", flush=True)
            return pytest.ExitCode.INTERRUPTED
        return result.returncode


class LivePart(Part):
    """Print the output as it comes; other parts print theirs at the end."""

    def passes(self) -> bool:
        print(f"\n=== {self.title} ===", flush=True)
        return self.runs()

    def show(self) -> None:
        """It is printed already."""


ONCE = Part(
    "once",
    "Tests that no database can change",
    {"TEST_SERVICES": "absent", "TEST_ONLY": "once", "DATABASE_URL": ONCE_URL},
)


def on_sqlite(services: str) -> Part:
    return LivePart(
        "sqlite", "SQLite, channel layer in memory, one process", {"TEST_SERVICES": services, "TEST_WITHOUT": "once"}
    )


def on_postgresql() -> Part:
    where = {"TEST_SERVICES": "here", "DATABASE_URL": POSTGRES_URL, "REDIS_URL": REDIS_URL} | PATIENT
    return Part("postgresql", "PostgreSQL and Redis", where | {"TEST_WITHOUT": "once faults"})


def with_faults() -> Part:
    where = {"TEST_SERVICES": "here", "DATABASE_URL": OTHER_POSTGRES_URL, "REDIS_URL": OTHER_REDIS_URL} | PATIENT
    return Part("faults", "PostgreSQL and Redis: processes that die", where | {"TEST_ONLY": "faults"})


def answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False


def drop_leftovers() -> None:
    """Drop test databases of an earlier run that was killed, with the connections its processes still hold."""
    for url in (POSTGRES_URL, OTHER_POSTGRES_URL):
        server, _, name = url.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(f"test_{name}")))


def timed(part: Part) -> tuple[bool, float]:
    """Whether all of its tests passed, and the seconds it took."""
    start_s = time.monotonic()
    return part.passes(), time.monotonic() - start_s


def run(parts: Sequence[Part]) -> bool:
    """Run the parts in three lanes, a free lane takes the next one; a failed part stops no other."""
    with ThreadPoolExecutor(LANES) as pool:
        results = list(pool.map(timed, parts))
    for part in parts:
        part.show()
    for part, (passed, seconds) in zip(parts, results, strict=True):
        print(f"{'passed' if passed else 'FAILED'} in {seconds:5.0f} s: {part.title}")
    return all(passed for passed, _ in results)


def main() -> int:
    missing = [url for url in (POSTGRES_URL, REDIS_URL) if not answers(url)]
    if not missing:
        drop_leftovers()
        return 0 if run([on_postgresql(), on_sqlite("follow"), ONCE, with_faults()]) else 1
    if IN_CI:
        print(f"CI needs every service, and {missing[0]} does not answer.")
        return 1
    passed = run([on_sqlite("absent"), ONCE])
    print(f"\nNot run on PostgreSQL and Redis: {', '.join(missing)} does not answer.")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
