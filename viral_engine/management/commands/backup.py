from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from viral_engine.backups.databases import BackupFailed
from viral_engine.backups.sealing import key_from
from viral_engine.backups.services import make_backup
from viral_engine.kernel.clock import now


class Command(BaseCommand):
    help = "Back up the database into one file, read it back, and print its path. Encrypted with BACKUP_KEY where set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *_: Any, folder: Path, **__: Any) -> None:
        started = perf_counter()
        try:
            key = key_from(settings.BACKUP_KEY) if settings.BACKUP_KEY else None
            made = make_backup(folder=folder, key=key, at=now())
        except (BackupFailed, OSError, ValueError) as failure:
            raise CommandError(str(failure)) from None
        size, took = made.stat().st_size / 1e6, (perf_counter() - started) / 60
        sealed = "encrypted" if key else "not encrypted: set BACKUP_KEY"
        self.stdout.write(f"{made}: {size:.1f} MB in {took:.1f} minutes, verified, {sealed}")
