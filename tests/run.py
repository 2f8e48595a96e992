"""`make test`: the suite on SQLite in one process, then on PostgreSQL with Redis where they answer.

On a bare machine the second run is left out, and says so; in CI (CI=true) a missing service fails.
"""

import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/5")


def answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False


def suite(title: str, **environment: str) -> int:
    print(f"\n=== {title} ===", flush=True)
    base = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *sys.argv[1:]], env=base | environment, check=False
    ).returncode


def main() -> int:
    missing = [url for url in (POSTGRES_URL, REDIS_URL) if not answers(url)]
    in_ci = os.environ.get("CI") == "true"
    if missing and in_ci:
        print(f"CI needs every service, and {missing[0]} does not answer.")
        return 1
    services = "absent" if missing else "follow"
    failed = suite("SQLite, channel layer in memory, one process", TEST_SERVICES=services)
    if missing:
        print(f"\nNot run on PostgreSQL and Redis: {', '.join(missing)} does not answer.")
        return failed
    return failed or suite("PostgreSQL and Redis", TEST_SERVICES="here", DATABASE_URL=POSTGRES_URL, REDIS_URL=REDIS_URL)


if __name__ == "__main__":
    raise SystemExit(main())
