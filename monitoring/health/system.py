"""The machine or container that runs the worker, and the schema of the database."""

from functools import cache
from pathlib import Path
from shutil import disk_usage
from tempfile import gettempdir

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from monitoring.health.rules import cgroup_memory_share, descriptors_share, machine_memory_share

PROC, MEMINFO, CGROUP = Path("/proc"), Path("/proc/meminfo"), Path("/sys/fs/cgroup")
CGROUP_FILES = ("memory.max", "memory.current", "memory.stat")


def used_memory_share() -> float | None:
    """The used share of the machine's memory, or of the container's limit if that is nearer; None where unknown."""
    machine = machine_memory_share(_read(MEMINFO))
    container = cgroup_memory_share(*(_read(CGROUP / name) for name in CGROUP_FILES))
    return max((share for share in (machine, container) if share is not None), default=None)


def used_disk_share() -> float | None:
    """The used share of the fullest disk that the site writes to: its own folder, or that of temporary files."""
    disks = [disk_usage(folder) for folder in (settings.VAR_DIR, gettempdir())]
    return max((disk.used / (disk.used + disk.free) for disk in disks if disk.used + disk.free), default=None)


def used_descriptors_share() -> float | None:
    """The used share of the descriptors of the fullest process of this user on this machine; None where unknown.

    Cost  no query; a few file reads for each process.
    """
    shares = (_descriptors_of(folder) for folder in PROC.glob("[0-9]*"))
    return max((share for share in shares if share is not None), default=None)


def _descriptors_of(process: Path) -> float | None:
    try:
        count = sum(1 for _ in (process / "fd").iterdir())
    except OSError:  # another user's, or it has ended
        return None
    return descriptors_share(count, _read(process / "limits"))


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
