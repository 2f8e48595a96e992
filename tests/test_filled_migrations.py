"""Every migration goes back and forth on a database with data, or declares itself irreversible."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.filled_migrations import APPS
from tests.servers import QUIET, ROOT, empty_database


@pytest.mark.timeout(900)
def test_migrations_go_back_and_forth_with_data(seeded_database: str, tmp_path: Path) -> None:
    with empty_database(tmp_path, "filled", seeded_database) as url:
        environment = os.environ | QUIET | {"DATABASE_URL": url, "REDIS_URL": "", "OUTBOX_EAGER": "true"}
        command = [sys.executable, "-m", "tests.filled_migrations"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert [line.split()[0] for line in done.stdout.splitlines() if line.endswith("is up again")] == list(APPS)
