from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from viral_engine.kernel.leases import LeasedWork


class Command(BaseCommand):
    help = "Count the dead letters of every kind of work, or try those of some kinds again after the cause is repaired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kinds", nargs="*", help="such as kernel.Delivery; none prints the counts alone")
        parser.add_argument("--error", default="", help="only rows whose last error contains this text")

    def handle(self, *_: Any, kinds: list[str], error: str, **__: Any) -> None:
        known = {model._meta.label: model for model in apps.get_models() if issubclass(model, LeasedWork)}
        unknown = [kind for kind in kinds if kind not in known]
        if unknown:
            raise CommandError(f"{unknown[0]} is no kind of work. Choose among: {', '.join(sorted(known))}.")
        for label in kinds or sorted(known):
            rows: Any = known[label]._default_manager.all()
            dead = rows.filter(last_error__contains=error).dead_lettered()
            if kinds:
                self.stdout.write(f"{label}: {dead.requeue()} will be tried again")
            elif count := dead.count():
                self.stdout.write(f"{label}: {count}")
