"""`make test`: the suite on SQLite in one process, and beside it on PostgreSQL with Redis where they answer.

Tests wait more than they count, so three lanes run at the same time, each on databases of its own. The one on SQLite
prints as it goes, the others when they have ended. What no database can change runs once, in a lane of its own. On a
bare machine PostgreSQL and Redis are left out, and `make test` says so; in CI (CI=true) a missing service fails. In CI
the order of the tests is one that can be repeated; elsewhere every run shuffles them anew. What failed in CI is run
once more by itself, and printed both times: a machine that stood still for a moment is no defect of what is tested.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/5")
# A test database is named after the database of the address, which itself is never opened.
OTHER_POSTGRES_URL = os.environ.get("TEST_OTHER_POSTGRES_URL", POSTGRES_URL.rpartition("/")[0] + "/faults")
OTHER_REDIS_URL = os.environ.get("TEST_OTHER_REDIS_URL", REDIS_URL.rpartition("/")[0] + "/6")
ONCE_URL = f"sqlite:///{Path(__file__).parent.parent / 'var' / 'once.sqlite3'}"
IN_CI = os.environ.get("CI") == "true"
ORDER = ["--randomly-seed=20261121"] if IN_CI else []
printing = threading.Lock()


@dataclass(frozen=True)
class Part:
    """A process of pytest: what it is about, and the variables that say which tests and which databases."""

    name: str
    title: str
    environment: dict[str, str]

    def passes(self) -> bool:
        with tempfile.TemporaryFile() as output:
            passed = self.runs(output)
            output.seek(0)
            with printing:
                print(f"\n=== {self.title} ===", flush=True)
                sys.stdout.buffer.write(output.read())
                sys.stdout.buffer.flush()
        return passed

    def runs(self, output: IO[bytes] | None = None) -> bool:
        code = self.run_pytest(output)
        if code == pytest.ExitCode.TESTS_FAILED and IN_CI:
            return self.run_pytest(output, "--last-failed", "--last-failed-no-failures=none") == pytest.ExitCode.OK
        return code in {
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        }  # a part may have none of what was asked for

    def run_pytest(self, output: IO[bytes] | None, *more: str) -> int:
        base = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        memory = f"cache_dir=.pytest_cache/{self.name}"  # what failed, for each part apart
        command = [sys.executable, "-m", "pytest", "-o", memory, *ORDER, *more, *sys.argv[1:]]
        return subprocess.run(
            command, env=base | self.environment, stdout=output, stderr=output, check=False
        ).returncode


class TalkingPart(Part):
    """Prints as it goes; the others wait with their words."""

    def passes(self) -> bool:
        with printing:
            print(f"\n=== {self.title} ===", flush=True)
            return self.runs()


LOOKS = Part(
    "once", "What no database can change", {"TEST_SERVICES": "absent", "TEST_ONLY": "once", "DATABASE_URL": ONCE_URL}
)


def on_sqlite(services: str) -> Part:
    return TalkingPart(
        "sqlite", "SQLite, channel layer in memory, one process", {"TEST_SERVICES": services, "TEST_WITHOUT": "once"}
    )


def on_postgresql() -> Part:
    where = {"TEST_SERVICES": "here", "DATABASE_URL": POSTGRES_URL, "REDIS_URL": REDIS_URL}
    return Part("postgresql", "PostgreSQL and Redis", where | {"TEST_WITHOUT": "once faults"})


def with_faults() -> Part:
    where = {"TEST_SERVICES": "here", "DATABASE_URL": OTHER_POSTGRES_URL, "REDIS_URL": OTHER_REDIS_URL}
    return Part("faults", "PostgreSQL and Redis, and what fails", where | {"TEST_ONLY": "faults"})


def answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False


def run_lane(parts: Sequence[Part]) -> bool:
    """Whether all passed; a part that failed keeps none of the next from running."""
    return min([part.passes() for part in parts])


def run(lanes: Sequence[Sequence[Part]]) -> bool:
    with ThreadPoolExecutor(len(lanes)) as pool:
        return min(pool.map(run_lane, lanes))


def main() -> int:
    missing = [url for url in (POSTGRES_URL, REDIS_URL) if not answers(url)]
    if not missing:
        return 0 if run([[on_postgresql()], [on_sqlite("follow"), with_faults()], [LOOKS]]) else 1
    if IN_CI:
        print(f"CI needs every service, and {missing[0]} does not answer.")
        return 1
    passed = run([[on_sqlite("absent")], [LOOKS]])
    print(f"\nNot run on PostgreSQL and Redis: {', '.join(missing)} does not answer.")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
