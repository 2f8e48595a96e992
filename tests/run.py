"""`make test`: the suite on SQLite in one process, and beside it on PostgreSQL with Redis where they answer.

Both wait more than they count, so they run at the same time; the second one's words are printed when the first has
ended. On a bare machine the second is left out, and says so; in CI (CI=true) a missing service fails. In CI the order
of the tests is one that can be repeated; elsewhere every run shuffles them anew.
"""

import os
import socket
import subprocess
import sys
import tempfile
from typing import IO
from urllib.parse import urlsplit

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/5")
IN_CI = os.environ.get("CI") == "true"
ORDER = ["--randomly-seed=20261121"] if IN_CI else []


def answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False


def suite(environment: dict[str, str], output: IO[bytes] | None = None) -> "subprocess.Popen[bytes]":
    base = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-m", "pytest", *ORDER, *sys.argv[1:]]
    return subprocess.Popen(command, env=base | environment, stdout=output, stderr=output)


def on_sqlite(services: str) -> int:
    print("\n=== SQLite, channel layer in memory, one process ===", flush=True)
    return suite({"TEST_SERVICES": services}).wait()


def on_both() -> int:
    real = {"TEST_SERVICES": "here", "TEST_ONCE": "elsewhere", "DATABASE_URL": POSTGRES_URL, "REDIS_URL": REDIS_URL}
    with tempfile.TemporaryFile() as output, suite(real, output) as beside:
        failed = on_sqlite("follow")
        failed = beside.wait() or failed
        print("\n=== PostgreSQL and Redis ===", flush=True)
        output.seek(0)
        sys.stdout.buffer.write(output.read())
    return failed


def main() -> int:
    missing = [url for url in (POSTGRES_URL, REDIS_URL) if not answers(url)]
    if not missing:
        return on_both()
    if IN_CI:
        print(f"CI needs every service, and {missing[0]} does not answer.")
        return 1
    failed = on_sqlite("absent")
    print(f"\nNot run on PostgreSQL and Redis: {', '.join(missing)} does not answer.")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
