from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from viral_engine.staff.models import AuditEntry
from viral_engine.staff.services.audit import check_chain, newest_hash


class Command(BaseCommand):
    help = "Verify the audit chain; exits with 1 and names the first broken row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--contains", default="", help="A hash that an earlier run printed.")

    def handle(self, *_: object, **options: Any) -> None:
        broken = check_chain()
        if broken is not None:
            pk, fault = broken
            raise CommandError(f"Audit entry {pk} is broken: {fault}.")
        wanted = options["contains"]
        if wanted and not AuditEntry.objects.filter(row_hash=wanted).exists():
            raise CommandError("The chain is whole, but it no longer contains that hash: its end was cut off.")
        count = AuditEntry.objects.count()
        self.stdout.write(f"{count} audit entries, one whole chain. It ends with {newest_hash()}")
