"""Metrics of routes, tasks, the pool and the build."""

import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from monitoring import tasks as _tasks  # noqa: F401  (the worker imports it with the tasks)
from monitoring.metrics import exposition
from tests.servers import ROOT
from viral_engine.kernel.tasks import deliver_outbox

EXPORT = """
import os, urllib.request, django; django.setup()
from tests.servers import free_port
from monitoring import task_metrics
os.environ["WORKER_METRICS_PORT"] = str(free_port())
task_metrics.TASK_SECONDS.labels("one").observe(2)
task_metrics.export()
print(urllib.request.urlopen(f"http://127.0.0.1:{os.environ['WORKER_METRICS_PORT']}/metrics").read().decode())
"""


def value(text: str, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.mark.django_db
def test_runs_of_a_task_are_timed_and_failures_counted(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    name = deliver_outbox.name
    before = exposition(at).decode()
    deliver_outbox.apply()
    monkeypatch.setattr("viral_engine.kernel.outbox.drain", lambda **_: 1 / 0)
    deliver_outbox.apply()
    after = exposition(at).decode()
    for series, more in (
        (f'site_task_seconds_count{{task="{name}"}}', 2),
        (f'site_task_failures_total{{task="{name}"}}', 1),
    ):
        assert value(after, series) - value(before, series) == more


@pytest.mark.django_db
def test_requests_are_timed_by_route_and_no_path_is_a_label(at: datetime) -> None:
    series = 'site_route_seconds_count{route="/subjects/<topic_slug:slug>/"}'
    before = value(exposition(at).decode(), series)
    Client().get("/subjects/algebra-of-ada/")
    Client().get("/no/such/page/of/ada")
    text = exposition(at).decode()
    assert value(text, series) - before == 1
    assert "of-ada" not in text
    assert "of/ada" not in text


@pytest.mark.django_db
def test_the_build_and_the_pool_are_named(at: datetime) -> None:
    text = exposition(at).decode()
    assert f'site_build_info{{version="{settings.VERSION}"}} 1.0' in text
    assert ("site_database_pool_connections" in text) == (connection.vendor == "postgresql")


def test_a_worker_exports_its_own_counters(tmp_path: Path) -> None:
    variables = {"DJANGO_SETTINGS_MODULE": "viral_engine.settings", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", EXPORT]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=True)
    assert 'site_task_seconds_sum{task="one"} 2.0' in done.stdout
