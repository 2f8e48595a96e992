from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from viral_engine.backups.databases import BackupFailed
from viral_engine.backups.sealing import key_from
from viral_engine.backups.services import restore_backup


class Command(BaseCommand):
    help = "Replace the database by a backup, migrate it, and erase again the people erased since. Stop the site first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="replace a database that is not empty")
        parser.add_argument(
            "--deletion-log",
            dest="logs",
            action="append",
            type=Path,
            default=[],
            help="deletion log of a machine, once for each; by default the one of DELETION_LOG",
        )

    def handle(self, *_: Any, backup: Path, overwrite: bool, logs: list[Path], **__: Any) -> None:
        started = perf_counter()
        if not backup.is_file():
            raise CommandError(f"There is no file {backup}.")
        try:
            key = key_from(settings.BACKUP_KEY) if settings.BACKUP_KEY and backup.suffix == ".sealed" else None
            manifest = restore_backup(backup=backup, key=key, overwrite=overwrite)
        except (BackupFailed, OSError, ValueError) as failure:
            raise CommandError(str(failure)) from None
        self.stdout.write(f"Restored the backup of {manifest.made_at}, made by version {manifest.version}.")
        call_command("migrate", verbosity=0)
        call_command("forget_again", *map(str, logs), stdout=self.stdout)
        self.stdout.write(f"Done in {(perf_counter() - started) / 60:.1f} minutes. Start the site, then run smoke.")
