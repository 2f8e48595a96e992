from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from viral_engine.kernel.clock import now
from viral_engine.seed import seed


class Command(BaseCommand):
    help = "Fill an empty site with the question bank and a small demo school. Safe to repeat; refused in production."

    def handle(self, *_: Any, **__: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The seed creates accounts with public passwords. In production, use load_catalogue.")
        seed(at=now())
