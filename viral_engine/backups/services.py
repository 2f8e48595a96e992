import hashlib
import json
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from viral_engine.backups import databases
from viral_engine.backups.databases import BackupFailed
from viral_engine.backups.sealing import SealBroken, seal, unseal

DATABASE, MANIFEST = "database", "manifest.json"
COUNTED = ("accounts.User", "kernel.LoggedEvent", "loops.RewardEntry")  # compared after a restore


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a backup; `counts` may be a little lower than in the dump, because the site goes on."""

    made_at: str
    version: str
    vendor: str
    migrations: int
    counts: Mapping[str, int]
    sha256: str


def make_backup(*, folder: Path, key: bytes | None, at: datetime) -> Path:
    """Write one file that holds the database and a manifest, and read it back; its path.

    The site may run. Pictures, reels and forms are rows. The deletion log is left out on purpose: it must outlive this.

    Raises  BackupFailed, OSError; no file is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"site-{at:%Y%m%dT%H%M%SZ}.tar{'.sealed' if key else ''}"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as unfinished:
        copy, packed, ready = (Path(unfinished) / name for name in (DATABASE, "packed", "ready"))
        manifest = _manifest(at)
        databases.dump(copy)
        databases.verify(copy)
        described = Path(unfinished) / MANIFEST
        described.write_text(json.dumps(asdict(manifest) | {"sha256": _sha256(copy)}, indent=1))
        with tarfile.open(packed, "w") as archive:
            archive.add(described, MANIFEST)
            archive.add(copy, DATABASE)
        if key is None:
            packed.rename(ready)
        else:
            seal(packed, ready, key)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".read-back-") as read_back:
            _open(ready, Path(read_back), key)
        ready.chmod(0o600)
        ready.rename(made)
    return made


def restore_backup(*, backup: Path, key: bytes | None, overwrite: bool) -> Manifest:
    """Replace the database by the backup. Afterwards migrate, and forget again the people erased since.

    Raises  BackupFailed for a broken file, a wrong key, another kind of database, and a database that is not empty
            unless `overwrite`; nothing is changed then.
    """
    if not overwrite and not databases.is_empty():
        raise BackupFailed("The database is not empty. To replace everything in it, add --overwrite.")
    with tempfile.TemporaryDirectory(dir=backup.parent, prefix=".restoring-") as unpacked:
        manifest = _open(backup, Path(unpacked), key)
        if manifest.vendor != connection.vendor:
            raise BackupFailed(f"The backup is of {manifest.vendor}, and this site is on {connection.vendor}.")
        databases.load(Path(unpacked) / DATABASE)
    short = {name: count for name, count in manifest.counts.items() if apps.get_model(name).objects.count() < count}
    if short:
        raise BackupFailed(f"The restored database has fewer rows than the backup's manifest: {', '.join(short)}.")
    return manifest


def _manifest(at: datetime) -> Manifest:
    counts = {name: apps.get_model(name).objects.count() for name in COUNTED}
    applied = MigrationRecorder(connection).migration_qs.count()
    return Manifest(at.isoformat(), settings.VERSION, connection.vendor, applied, counts, sha256="")


def _open(backup: Path, into: Path, key: bytes | None) -> Manifest:
    """Unpack a backup and compare the database with its checksum. Raises  BackupFailed."""
    packed = backup
    try:
        if key is not None:
            packed = into / "packed"
            unseal(backup, packed, key)
        with tarfile.open(packed) as archive:
            for name in (MANIFEST, DATABASE):
                archive.extract(name, into, filter="data")
        manifest = Manifest(**json.loads((into / MANIFEST).read_text()))
    except (SealBroken, tarfile.TarError, KeyError, ValueError, TypeError) as failure:
        hint = "" if key else " If it is sealed, set BACKUP_KEY."
        raise BackupFailed(f"{backup.name} cannot be read: {failure}.{hint}") from None
    if _sha256(into / DATABASE) != manifest.sha256:
        raise BackupFailed(f"{backup.name} is damaged: the database is not the one of its manifest.")
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
