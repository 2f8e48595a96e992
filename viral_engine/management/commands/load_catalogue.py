from typing import Any

from django.core.management.base import BaseCommand

from loops.core.default_experiments import load_default_experiments
from viral_engine.learning.services import load_catalogue


class Command(BaseCommand):
    help = "Load or refresh the question bank and the default experiments. Safe to repeat."

    def handle(self, *_: Any, **__: Any) -> None:
        self.stdout.write(f"{load_catalogue()} questions stored, {len(load_default_experiments())} experiments drafted")
