"""`manage.py loadtest`, small: its own servers, real sockets, a report, and the verdict of its figures.

Whether the latencies pass depends on what else the machine does, so this test asks for the verdict of the checks.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.services


def loadtest(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", "loadtest", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_sixty_learners_get_a_report_with_the_figures_and_their_verdict(tmp_path: Path) -> None:
    done = loadtest("--users", "60", "--duration", "10", "--events", "200", "--report", str(tmp_path))
    report = json.loads((tmp_path / "report.json").read_text())
    checks = {check["name"]: check["passed"] for check in report["checks"]}
    assert list(checks) == ["Decision, p95", "Errors", "Chat line to screen, p95", "Lost frames"]
    assert checks["Errors"], done.stdout + done.stderr
    assert checks["Lost frames"]
    verdict = "PASS" if all(checks.values()) else "FAIL"
    assert done.returncode == (0 if verdict == "PASS" else 1)
    assert f"{verdict}: {tmp_path / 'report.html'}" in done.stdout
    assert report["frames"] | {"frames": 0, "numbered_frames": 0} == {
        "frames": 0,
        "numbered_frames": 0,
        "lost_frames": 0,
        "resyncs": 0,
        "sockets": 60,
        "dropped_sockets": 0,
    }
    assert report["frames"]["numbered_frames"] > 100
    assert report["decisions"]["count"] > 0
    assert report["chat"]["count"] >= 29  # one line to the other members of a cohort
    assert report["pages"]["practice: answer"]["count"] > 0
    names = [process["name"] for process in report["resources"]["processes"]]
    assert names == ["worker 1", "relay", "beat", "web 1", "Redis", "load generator", "PostgreSQL"]
    assert all(process["rss_mib"] > 1 for process in report["resources"]["processes"])
    page = (tmp_path / "report.html").read_text()
    assert f"Load test: {verdict}" in page
    assert page.count("<svg") >= 6
    assert not (tmp_path / "plan.json").exists()  # it held sessions


def test_a_missing_postgresql_is_named(tmp_path: Path) -> None:
    done = loadtest("--users", "1", "--report", str(tmp_path), BENCH_POSTGRES="postgres@127.0.0.1:1")
    assert done.returncode == 1
    assert "PostgreSQL does not answer at 127.0.0.1:1." in done.stderr


def test_a_missing_redis_is_named(tmp_path: Path) -> None:
    done = loadtest("--users", "1", "--report", str(tmp_path), PATH=str(tmp_path))
    assert done.returncode == 1
    assert "redis-server is not on the path." in done.stderr


def test_another_host_is_refused(tmp_path: Path) -> None:
    done = loadtest("--url", "https://tutoring.example", "--report", str(tmp_path))
    assert done.returncode == 1
    assert "a load test never goes to another host" in done.stderr
