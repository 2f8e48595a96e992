from django.core.management.base import BaseCommand, CommandError

from viral_engine.kernel.clock import now
from viral_engine.staff.services.audit import ChainBroken, NothingToPrune, prune

NOBODY = 0  # the command runs without an account


class Command(BaseCommand):
    help = "Delete audit entries that are older than two years, behind an anchor entry that keeps the chain verifiable."

    def handle(self, *_: object, **__: object) -> None:
        try:
            count = prune(actor_id=NOBODY, at=now())
        except NothingToPrune:
            self.stdout.write("No audit entry is older than two years.")
            return
        except ChainBroken as broken:
            raise CommandError(str(broken)) from broken
        self.stdout.write(f"{count} audit entries deleted.")
