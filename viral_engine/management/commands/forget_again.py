from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from viral_engine.accounts.services.erasure import continue_erasures, forget_again
from viral_engine.kernel.clock import now


class Command(BaseCommand):
    help = "Erase again every account of the deletion log. Run it after a backup was restored, before the site opens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "logs", nargs="*", type=Path, help="Deletion logs of all machines; by default the one of DELETION_LOG."
        )

    def handle(self, *_: Any, logs: list[Path], **__: Any) -> None:
        if not logs and settings.DELETION_LOG and Path(settings.DELETION_LOG).exists():
            logs = [Path(settings.DELETION_LOG)]
        missing = [str(path) for path in logs if not path.is_file()]
        if missing:
            raise CommandError(f"There is no file {missing[0]}.")
        erased, skipped = forget_again(logs=logs, at=now())
        continue_erasures(at=now())
        self.stdout.write(f"Erased {erased} accounts again; {skipped} entries name an account that is not there.")
