from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from viral_engine.accounts.models import School
from viral_engine.accounts.services import schools
from viral_engine.kernel.clock import now


class Command(BaseCommand):
    help = "Export all data of a school's pupils to the standard output, or erase their accounts when a contract ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["export", "erase"])
        parser.add_argument("school", type=int, help="The number of the school in the admin.")
        parser.add_argument("--yes", action="store_true", help="Erase without asking.")

    def handle(self, *_: Any, action: str, school: int, yes: bool, **__: Any) -> None:
        found = School.objects.filter(pk=school).first()
        if found is None:
            raise CommandError(f"There is no school {school}.")
        if action == "export":
            for part in schools.export_school(school=found, at=now()):
                self.stdout.write(part, ending="")
        elif yes or input(f"Erase every pupil of {found.name}? Type the name of the school: ") == found.name:
            self.stdout.write(f"Erased {schools.erase_school(school=found, at=now())} accounts.")
        else:
            raise CommandError("Nothing is erased.")
