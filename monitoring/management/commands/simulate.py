"""`manage.py simulate`: two weeks of a school through the site's services, measured beside the planted truth."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from monitoring.growth.services import rebuild
from monitoring.loadtest.servers import CannotStart, own_database
from monitoring.simulation.acts import begin
from monitoring.simulation.plan import SimulationPlan
from monitoring.simulation.readout import read_school
from monitoring.simulation.report import summary_lines, write_report
from monitoring.simulation.school import run_school
from viral_engine.kernel.clock import midnight, now, today

INSIDE = "SIMULATED_DATABASE"
FAST_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"  # nobody logs in to a simulated account
SCRATCH = {
    "REDIS_URL": "",
    "OUTBOX_EAGER": "false",  # the school drains the outbox itself, hour by hour
    "PRODUCTION": "false",
    "PYTHONHASHSEED": "0",  # the same seed, the same numbers
    "ANTHROPIC_API_KEY": "",
}


class Command(BaseCommand):
    """Never touches the site's own database, so real people are not mixed with simulated ones."""

    help = "Let a seeded school live for two weeks in a scratch database, and compare what is measured with the truth."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--users", type=int, default=500, help="people at the start (500)")
        parser.add_argument("--days", type=int, default=14)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--report", type=Path, default=settings.VAR_DIR / "simulation.html", help="the HTML page")
        parser.add_argument("--json", type=Path, help="also write the read-out to this file")
        parser.add_argument("--keep", type=Path, help="keep the database in this SQLite file")

    def handle(self, **options: Any) -> None:
        if options["users"] < 1 or options["days"] < 1:
            raise CommandError("--users and --days must be positive.")
        if INSIDE in os.environ:
            self.simulate(options)
            return
        keep = options["keep"]
        if keep is not None and keep.exists():
            raise CommandError(f"{keep} exists already.")
        try:
            self.run_inside(keep.resolve() if keep else None)
        except CannotStart as missing:
            raise CommandError(str(missing)) from missing
        if keep is not None:
            url = f"sqlite:///{keep.resolve()}"
            self.stdout.write(f"\nLook at it: DATABASE_URL={url} python manage.py serve, then /dashboard/")

    def run_inside(self, keep: Path | None) -> None:
        """Run this command again, with the same arguments, on a scratch database of this site's kind."""
        with ExitStack() as stack:
            if keep is not None or not settings.ON_POSTGRESQL:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simulate-")))
                url = f"sqlite:///{keep or folder / 'simulated.sqlite3'}"
            else:
                url = stack.enter_context(own_database(f"simulate_{os.getpid()}"))
            environment = os.environ | SCRATCH | {"DATABASE_URL": url, INSIDE: url}
            command = [sys.executable, "manage.py", *sys.argv[1:]]
            code = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode  # noqa: S603
        if code:
            raise SystemExit(code)

    def simulate(self, options: dict[str, Any]) -> None:
        """Live, count and report in the scratch database."""
        settings.PASSWORD_HASHERS = [FAST_HASHER]
        call_command("migrate", verbosity=0)
        plan = plan_of(users=options["users"], days=options["days"], seed=options["seed"])
        columns = (TextColumn("{task.description}"), BarColumn(40), TextColumn("{task.percentage:.0f}%"))
        with Progress(*columns, TimeElapsedColumn(), disable=not sys.stdout.isatty()) as progress:
            task = progress.add_task(f"{plan.users} people, {plan.days} days", total=1.0)
            run = run_school(plan, begin, report=lambda share: progress.update(task, completed=share))
        rebuild.rebuild(at=plan.read_at)
        reading = read_school(run)
        for line in summary_lines(plan, reading):
            self.stdout.write(line)
        write_report(plan, reading, options["report"])
        if options["json"]:
            options["json"].write_text(json.dumps(asdict(reading), indent=1))
        self.stdout.write(f"\nPage with plots: {options['report']}")


def plan_of(*, users: int, days: int, seed: int) -> SimulationPlan:
    """The newest weeks that are over: they begin on a Monday, so that one seed has one result on every day."""
    day = today(now())
    monday = day - timedelta(days=day.weekday())
    weeks = (days + 16) // 7 + 1
    return SimulationPlan(users=users, days=days, seed=seed, start=midnight(monday - timedelta(weeks=weeks)))
