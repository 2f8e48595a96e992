from typing import Any

from django.core.management.base import BaseCommand

from loops.services.default_experiments import load_default_experiments
from viral_engine.learning.services import load_catalogue


class Command(BaseCommand):
    help = "Store or refresh every subject, skill and question of the bank, and the experiments that ship. Repeatable."

    def handle(self, *_: Any, **__: Any) -> None:
        self.stdout.write(f"{load_catalogue()} questions stored, {len(load_default_experiments())} experiments drafted")
