"""Counters of many processes, read through any of them; and the names that Grafana and Prometheus were given."""

import asyncio
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitoring.alerts import rules
from monitoring.metrics import drop_dead_processes, exposition
from monitoring.request_counter import RequestCounter
from monitoring.rules import Requests
from monitoring.services import run_health_check
from tests.monitoring.decisions import make_decisions
from tests.monitoring.requests import answering, ask
from tests.servers import ROOT
from viral_engine.kernel.privacy.retention import OVERDUE_AFTER

OPS = ROOT / "docs" / "ops"

COUNT_AND_LEAVE = """
import django; django.setup()
from presence.metrics import SOCKETS, TRACKER_LAG
from monitoring.request_counter import REQUESTS
REQUESTS.labels("2xx").inc(3)
SOCKETS.inc(2)
TRACKER_LAG.set(7)
"""
READ = """
import django; django.setup()
from prometheus_client import generate_latest
from monitoring.metrics import counted_registry
from monitoring.request_counter import REQUESTS
REQUESTS.labels("2xx").inc(4)
print(generate_latest(counted_registry()).decode())
"""


def run(code: str, folder: Path) -> str:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "viral_engine.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_any_process_answers_for_all_and_the_dead_hold_no_sockets(tmp_path: Path) -> None:
    for _ in range(2):
        run(COUNT_AND_LEAVE, tmp_path)
    text = run(READ, tmp_path)
    assert 'site_requests_total{status="2xx"} 10.0' in text
    assert "presence_sockets 0.0" in text
    assert "presence_tracker_lag 7.0" not in text


def test_only_the_dead_are_forgotten(tmp_path: Path) -> None:
    mine, dead = tmp_path / f"gauge_livesum_{os.getpid()}.db", tmp_path / "gauge_livesum_99999999.db"
    for path in (mine, dead, tmp_path / "counter_99999999.db"):
        path.touch()
    drop_dead_processes(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([mine.name, "counter_99999999.db"])


@pytest.fixture
def exposed(db: None, at: datetime) -> set[str]:
    """The names of every series of a site at work."""
    make_decisions("orchestrator", 5, at=at)
    run_health_check(at=at)
    asyncio.run(ask(answering(200), RequestCounter()))
    text = exposition(at).decode()
    names = set()
    for family in text_string_to_metric_families(text):
        names |= {family.name, f"{family.name}_total"} if family.type == "counter" else {family.name}
        names |= {sample.name for sample in family.samples}
        if family.type == "histogram":
            names |= {f"{family.name}_{part}" for part in ("bucket", "sum", "count")}
    return names | {"site_redis_seconds", "site_redis_up"}  # only where there is a Redis


NAME = re.compile(r"\b(?:site|presence)_[a-z0-9_]+")


def test_the_grafana_dashboard_asks_for_what_there_is(exposed: set[str]) -> None:
    dashboard = json.loads((OPS / "grafana-dashboard.json").read_text())
    asked = {name for panel in dashboard["panels"] for one in panel["targets"] for name in NAME.findall(one["expr"])}
    assert len(asked) > 10
    assert asked - exposed == set()


def test_the_alert_rules_ask_for_what_there_is_and_the_runbook_knows_them(exposed: set[str]) -> None:
    text = (OPS / "prometheus-alerts.yml").read_text()
    asked = {name for line in text.splitlines() if "expr:" in line for name in NAME.findall(line)}
    assert len(asked) > 5
    assert asked - exposed == set()
    anchors = set(re.findall(r"docs/ops\.md#([a-z-]+)", text))
    headings = {
        line[4:].strip().lower().replace(" ", "-") for line in runbook().splitlines() if line.startswith("### ")
    }
    assert anchors
    assert anchors - headings == set()


def told_to_prometheus() -> dict[str, tuple[str, str]]:
    """{alert: (expression, severity)}"""
    text = (OPS / "prometheus-alerts.yml").read_text()
    pattern = r"- alert: (\w+)\n +expr: (.+)\n(?: +for: \w+\n)? +labels: { severity: (\w+) }"
    found = {name: (expression, severity) for name, expression, severity in re.findall(pattern, text)}
    assert len(found) == text.count("- alert:")
    return found


def window(seconds: int) -> str:
    unit, size = next((unit, size) for unit, size in (("d", 86400), ("h", 3600), ("m", 60)) if seconds % size == 0)
    return f"{seconds // size}{unit}"


def failed_more_than(share: float, seconds: int) -> str:
    span = window(seconds)
    failed, all_of_them = f'site_requests_total{{status="5xx"}}[{span}]', f"site_requests_total[{span}]"
    return f"(sum(rate({failed})) / sum(rate({all_of_them})) > {share:g})"


def enough_in(seconds: int) -> str:
    span = window(seconds)
    counted = f"(sum(increase(site_requests_total[{span}])) >= {rules.MIN_REQUESTS})"
    return f'{counted} and (sum(increase(site_requests_total{{status="5xx"}}[{span}])) >= {rules.MIN_ERRORS})'


def burning(burn: rules.BurnRate) -> tuple[str, str]:
    share = burn.rate * rules.ALLOWED
    both = f"{failed_more_than(share, burn.long_s)} and {failed_more_than(share, burn.short_s)}"
    return f"{both} and {enough_in(burn.short_s)}", burn.severity


def test_prometheus_is_given_the_thresholds_of_our_own_alerts() -> None:
    scraped = told_to_prometheus()
    fail = f"{failed_more_than(rules.ERROR_RATE, rules.ERROR_WINDOW_S)} and {enough_in(rules.ERROR_WINDOW_S)}"
    depth = rules.QUEUE_DEPTH
    names = ("ErrorBudgetBurnsFast", "ErrorBudgetBurns", "ErrorBudgetMelts", "ErrorBudgetDrips")
    expected = {name: burning(burn) for name, burn in zip(names, rules.BURN_RATES, strict=True)} | {
        "SiteGone": ("absent(site_database_up)", "critical"),
        "DatabaseLost": ("min(site_database_up) == 0", "critical"),
        "RedisLost": ("min(site_redis_up) == 0", rules.redis(is_up=False).severity),
        "ChecksStopped": (f"max(site_check_age_seconds) > {rules.MISSING_S:g}", "critical"),
        "RequestsFail": (fail, rules.error_rate(Requests(0, 0)).severity),
        "AgentFailing": ('max by (agent) (site_agent_state{state="failing"}) == 1', "critical"),
        "AgentSlow": ('max by (agent) (site_agent_state{state="slow"}) == 1', "warning"),
        "WorkPilesUp": (f"max(site_queue_depth) > {depth} or max(site_deliveries_waiting) > {depth}", "warning"),
        "Parked": ("max(site_parked) > 0", rules.dead_letters(1).severity),
        "DiskFills": (f"max(site_disk_used_ratio) > {rules.DISK_SHARE}", rules.disk(None).severity),
        "DescriptorsRunOut": (
            f"max(site_descriptors_used_ratio) > {rules.DESCRIPTORS_SHARE}",
            rules.descriptors(None).severity,
        ),
        "JobsFail": ("max(site_jobs_failing) > 0", rules.jobs([]).severity),
        "CursorsStand": ("max(site_cursors_standing) > 0", rules.cursors([]).severity),
        "RowsSetAside": ("max(site_rows_set_aside) > 0", rules.set_aside(0).severity),
        "PersonalDataOverdue": (
            f"max(site_retention_oldest_seconds - site_retention_period_seconds) > {OVERDUE_AFTER.total_seconds():.0f}",
            rules.retention([], datetime.now(UTC)).severity,
        ),
    }
    assert scraped == expected


def test_errors_are_counted_from_the_first_scrape(tmp_path: Path) -> None:
    assert 'site_requests_total{status="5xx"} 0.0' in run(READ, tmp_path)


def runbook() -> str:
    return (ROOT / "docs" / "ops.md").read_text()


def test_every_alert_of_ours_has_a_paragraph_in_the_runbook() -> None:
    source = (ROOT / "monitoring" / "alerts" / "rules.py").read_text()
    keys = set(re.findall(r'Finding\(\s*f?"([a-z_-]+)', source)) | {"burn", "database"}
    assert len(keys) > 10
    for key in keys:
        assert f"`{key}" in runbook(), key
