"""Alerts about memory and migrations, as the requirement's checklist configures them."""

from datetime import datetime, timedelta

import pytest
from django.db.migrations.recorder import MigrationRecorder

from monitoring.alerts import rules
from monitoring.health import system
from monitoring.health.rules import cgroup_memory_share, machine_memory_share
from monitoring.models import Alert
from monitoring.services import run_health_check

MEMINFO = (
    "MemTotal:       16000000 kB\nMemFree:          500000 kB\nMemAvailable:    4000000 kB\nHugePages_Total:       0\n"
)


@pytest.mark.parametrize(
    ("meminfo", "share"),
    [(MEMINFO, 0.75), ("", None), ("MemTotal: 0 kB\nMemAvailable: 1 kB", None), ("MemTotal:", None)],
)
def test_the_share_of_a_machines_memory(meminfo: str, share: float | None) -> None:
    assert machine_memory_share(meminfo) == share


@pytest.mark.parametrize(
    ("limit", "used", "stat", "share"),
    [
        ("1000\n", "960\n", "anon 400\ninactive_file 60\n", 0.9),
        ("1000", "960", "", 0.96),
        ("1000", "10", "inactive_file 60", 0.0),
        ("max\n", "960\n", "", None),
        ("", "", "", None),
        ("0", "0", "", None),
    ],
)
def test_the_share_of_a_containers_limit(limit: str, used: str, stat: str, share: float | None) -> None:
    assert cgroup_memory_share(limit, used, stat) == share


@pytest.mark.parametrize(("share", "firing"), [(None, None), (0.9, False), (0.91, True)])
def test_memory_fires_above_ninety_percent(share: float | None, firing: bool | None) -> None:
    assert rules.memory(share).firing is firing


def test_this_machine_reports_its_memory() -> None:
    share = system.used_memory_share()
    assert share is not None
    assert 0 < share < 1


@pytest.fixture
def unrecorded(db: None) -> str:
    """A migration that the database seems to lack."""
    MigrationRecorder.Migration.objects.filter(app="feeds", name="0001_squashed").delete()
    return "feeds.0001_squashed"


@pytest.mark.django_db
def test_a_database_with_all_migrations_lacks_none(at: datetime) -> None:
    assert system.missing_migrations() == []
    run_health_check(at=at)
    assert not Alert.objects.filter(key="migrations").exists()


def test_a_missing_migration_raises_an_alert_that_names_it_and_ends(unrecorded: str, at: datetime) -> None:
    run_health_check(at=at)
    alert = Alert.objects.get(key="migrations")
    assert (alert.severity, alert.detail) == ("critical", f"The database lacks {unrecorded}.")
    MigrationRecorder.Migration.objects.create(app="feeds", name="0001_squashed")
    for number in (1, 2):
        run_health_check(at=at + timedelta(seconds=30 * number))
    alert.refresh_from_db()
    assert alert.resolved_at is not None


def test_the_alert_names_five_and_counts_the_others() -> None:
    found = rules.migrations([f"loops.000{number}" for number in range(7)])
    assert found.detail.endswith("loops.0004 and 2 more.")
