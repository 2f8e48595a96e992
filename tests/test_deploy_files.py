"""The files of a deployment, checked by the programs that read them."""

import json
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from monitoring.metrics import exposition
from monitoring.services import run_health_check
from tests.programs import run
from tests.servers import ROOT

DEPLOY, OPS = ROOT / "deploy", ROOT / "docs" / "ops"
SET = {"SITE_HOST": "tutoring.example", "POSTGRES_PASSWORD": "secret"}


def compose() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_docker_compose_accepts_the_stack(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    (tmp_path / ".env").write_text("SECRET_KEY=x\n")
    done = run("docker-compose", "config", "--quiet", cwd=tmp_path, **SET)
    assert (done.returncode, done.stderr) == (0, "")
    missing = run("docker-compose", "config", "--quiet", cwd=tmp_path, SITE_HOST="", POSTGRES_PASSWORD="x")
    assert "SITE_HOST" in missing.stderr


def test_everything_waits_for_the_migrations_and_runs_without_rights() -> None:
    services = compose()["services"]
    ours = {name: one for name, one in services.items() if isinstance(one, dict) and "build" in one}
    assert set(ours) == {
        *("migrate", "web", "relay", "beat", "worker", "mail-worker", "notices-worker", "webhooks-worker", "ai-worker"),
    }
    for name, one in ours.items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        waits = one["depends_on"]
        assert isinstance(waits, dict)
        assert name == "migrate" or waits["migrate"] == {"condition": "service_completed_successfully"}, name
    assert "ports" not in ours["web"]  # any number of them share the host


def test_the_image_is_built_in_stages_and_runs_as_nobody() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    assert last > 0
    assert [line for line in lines[last:] if line.startswith("USER ")] == ["USER site"]
    server = re.search(r"image: postgres:(\d+)", (ROOT / "docker-compose.yml").read_text())
    client = re.search(r"postgresql-client-(\d+)", "\n".join(lines))
    assert server is not None
    assert client is not None
    assert server[1] == client[1]  # a newer pg_restore sends settings that an older server does not know


def test_every_file_that_the_stack_mounts_is_there() -> None:
    mounted = re.findall(r"- \./([^:]+):", (ROOT / "docker-compose.yml").read_text())
    assert len(mounted) >= 6
    assert [path for path in mounted if not (ROOT / path).exists()] == []


def test_prometheus_accepts_its_configuration_and_our_alerts(tmp_path: Path) -> None:
    for path in (DEPLOY / "prometheus" / "prometheus.yml", OPS / "prometheus-alerts.yml"):
        shutil.copy(path, tmp_path)
    config = run("promtool", "check", "config", "--syntax-only", "prometheus.yml", cwd=tmp_path)
    assert config.returncode == 0, config.stderr
    rules = run("promtool", "check", "rules", "prometheus-alerts.yml", cwd=tmp_path)
    assert rules.returncode == 0, rules.stderr


def test_alerts_fire_when_they_should(tmp_path: Path) -> None:
    """Prometheus itself evaluates the rules over made-up series: an outage, a burst of errors, a quiet hour."""
    shutil.copy(OPS / "prometheus-alerts.yml", tmp_path)
    series = [
        {"series": 'site_database_up{instance="a"}', "values": "1 1 1 0 0 0 0 0 0 0"},
        {"series": 'site_requests_total{status="2xx"}', "values": "0+60x10"},
        {"series": 'site_requests_total{status="5xx"}', "values": "0+0x3 0+5x6"},
    ]
    expected = {"DatabaseLost": ("1m", "6m"), "RequestsFail": ("2m", "9m"), "WorkPilesUp": ("9m", "")}
    cases = [
        {"eval_time": when, "alertname": name, "exp_alerts": [_alert(name)] if fires else []}
        for name, (quiet, firing) in expected.items()
        for when, fires in ((quiet, False), (firing, True))
        if when
    ]
    suite = {
        "rule_files": ["prometheus-alerts.yml"],
        "evaluation_interval": "30s",
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": cases}],
    }
    (tmp_path / "suite.yml").write_text(yaml.safe_dump(suite))
    done = run("promtool", "test", "rules", "suite.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def _alert(name: str) -> dict[str, dict[str, str]]:
    """The alert as Prometheus raises it: labels and texts of the rule."""
    groups = yaml.safe_load((OPS / "prometheus-alerts.yml").read_text())["groups"]
    [rule] = [one for group in groups for one in group["rules"] if one["alert"] == name]
    return {"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]}


@pytest.mark.django_db
def test_prometheus_reads_our_metrics_without_complaint(at: datetime, tmp_path: Path) -> None:
    run_health_check(at=at)
    done = run("promtool", "check", "metrics", cwd=tmp_path, text=exposition(at).decode())
    complaints = [line for line in done.stderr.splitlines() if line.startswith(("site_", "presence_"))]
    assert (done.returncode in {0, 3}, complaints) == (True, []), done.stderr


def test_grafana_is_given_a_dashboard_and_where_to_read() -> None:
    [source] = yaml.safe_load((DEPLOY / "grafana" / "datasource.yml").read_text())["datasources"]
    assert source["type"] == "prometheus"
    assert len(json.loads((OPS / "grafana-dashboard.json").read_text())["panels"]) > 10
