from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.growth.services import rebuild
from viral_engine.kernel.clock import now


class Command(BaseCommand):
    """Dashboards show the progress meanwhile. The beat may keep running; it helps."""

    help = "Rebuild the growth counts from the first event on."

    def handle(self, **_: Any) -> None:
        try:
            rows = rebuild.rebuild(at=now(), report=lambda done: self.stdout.write(f"{done} rows", ending="\r"))
        except rebuild.EventsArePurged:
            raise CommandError("Events older than 90 days are purged: a rebuild would lose their counts.") from None
        self.stdout.write(f"{rows} rows counted")
