"""The machine or container that runs the worker, and the schema of the database."""

from functools import cache
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from monitoring.health.rules import cgroup_memory_share, machine_memory_share

MEMINFO, CGROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")
CGROUP_FILES = ("memory.max", "memory.current", "memory.stat")


def used_memory_share() -> float | None:
    """The used share of the machine's memory, or of the container's limit if that is nearer; None where unknown."""
    machine = machine_memory_share(_read(MEMINFO))
    container = cgroup_memory_share(*(_read(CGROUP / name) for name in CGROUP_FILES))
    return max((share for share in (machine, container) if share is not None), default=None)


def _read(path: Path) -> str:
    """The text of a file of the system; empty where it is missing."""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def missing_migrations() -> list[str]:
    """Migrations of the code that the database has not recorded, as app.name. Cost  1 query."""
    recorded = MigrationRecorder(connection).migration_qs.values_list("app", "name")
    return [f"{app}.{name}" for app, name in sorted(_known_migrations() - set(recorded))]


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """All migrations of the code that runs, read once in a process."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
