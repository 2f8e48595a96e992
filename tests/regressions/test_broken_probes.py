"""Each part of the health check fails in turn, with an error that nobody expects: the check is stored all the same."""

import inspect
from datetime import datetime
from typing import Any

import pytest

from monitoring.health import probes, system
from monitoring.models import HealthCheck
from monitoring.services import run_health_check
from tests.factories import person
from viral_engine.kernel import gauges
from viral_engine.kernel.models import Decision

pytestmark = pytest.mark.django_db
PARTS = [
    (probes, name)
    for name in (
        "budget_used",
        "stopped_experiments",
        "decision_stats",
        "deliveries",
        "p95_of",
        "queue_depth",
        "redis_ms",
        "database_ms",
        "oldest_rows",
        "failing_jobs",
        "standing_cursors",
    )
] + [
    (system, "used_memory_share"),
    (system, "missing_migrations"),
    (system, "used_disk_share"),
    (system, "used_descriptors_share"),
    (gauges, "read_gauge"),
]


@pytest.mark.parametrize(("module", "name"), PARTS, ids=[name for _, name in PARTS])
def test_a_part_that_fails_hides_no_other(
    module: object, name: str, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(module, name, broken)
    ada = person("Ada")
    Decision.objects.create(agent="orchestrator", actor_id=ada.pk, outcome="none", latency_ms=12, decided_at=at)
    assert run_health_check(at=at) is not None
    check = HealthCheck.objects.get()
    assert check.decisions_per_s == (0 if name == "decision_stats" else pytest.approx(1 / 300))


def test_every_field_of_the_check_is_read_apart() -> None:
    """A new field must not end the check: `read` calls `apart` for each, but for the agents' probes."""
    source = inspect.getsource(probes.read)
    fields = [line.strip() for line in source.splitlines() if "=" in line and line.startswith("        ")]
    known = ("stats=stats,", "loops=loops,", "deliveries_waiting=waiting,", "dead_letters=dead_letters,", "probes=")
    assert [line for line in fields if "apart(" not in line and not line.startswith(known)] == []
