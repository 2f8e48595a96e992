"""`manage.py simulate`: generate a seeded school in a scratch database and compare the measured K with the true one."""

import os
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitoring.growth import services
from monitoring.growth.queries import k_estimates
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.simulation import LOOPS, generate_school, write_school
from viral_engine import formatting as fmt
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now

INSIDE = "SIMULATED_DATABASE"
DAYS = 30  # the cohort of the first 14 days has had its 14 days


class Command(BaseCommand):
    """Never touches the site's own database, so real people are not mixed with simulated ones."""

    help = "Simulate a 14-day cohort in a scratch database and compare K with the truth."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, default=2000, help="members at the start (2000)")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--keep", type=Path, help="keep the database here, to look at its dashboards")

    def handle(self, *, people: int, seed: int, keep: Path | None, **_: Any) -> None:
        if INSIDE in os.environ:
            self.simulate(people, seed)
            return
        if keep is not None and keep.exists():
            raise CommandError(f"{keep} exists already.")
        with tempfile.TemporaryDirectory() as folder:
            path = (keep or Path(folder) / "simulated.sqlite3").resolve()
            self.run_inside(path, people, seed)
        if keep is not None:
            self.stdout.write(f"\nLook at it: DATABASE_URL=sqlite:///{path} python manage.py serve, then /dashboard/")

    def run_inside(self, path: Path, people: int, seed: int) -> None:
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{path}", "REDIS_URL": "", INSIDE: str(path)}
        command = [sys.executable, "manage.py", "simulate", f"--people={people}", f"--seed={seed}"]
        done = subprocess.run(  # noqa: S603  (our own program, our own arguments)
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )
        self.stdout.write(done.stdout, ending="")
        if done.returncode:
            raise CommandError(done.stderr.strip().splitlines()[-1])

    def simulate(self, people: int, seed: int) -> None:
        """Fill the scratch database, count, and print the read-out."""
        at = now()
        call_command("migrate", verbosity=0)
        newest = User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        story = generate_school(
            seed=seed, people=people, start=at - timedelta(days=DAYS), end=at, first_id=newest + 1000
        )
        write_school(story, LOOPS)
        rows = services.rebuild(at=at)
        self.stdout.write(f"{people} people, seed {seed}: {len(story.people)} at the end, {rows} rows counted\n")
        self.read_out(at)

    def read_out(self, at: datetime) -> None:
        choice, today = DashboardFilter(days=14), day_of(at)
        found = k_estimates.k_by_loop(k_estimates.cohort_rows(choice, today), choice)
        span = fmt.days(*choice.cohorts(today))
        self.stdout.write(f"K of people first shown {span}, 14 days later, against 1.20\n")
        self.stdout.write(f"{'loop':<18}{'true K':>8}{'K':>8}{'95% interval':>16}{'n':>7}  read-out")
        for loop in LOOPS:
            k = found.get(loop.name, k_estimates.NO_EXPOSURES)
            verdict = k_estimates.read_out_of(k, choice, today)
            line = f"{loop.title:<18}{loop.k:>8.2f}{fmt.ratio(k.fvm.value):>8}{fmt.interval(k.fvm.low, k.fvm.high):>16}"
            self.stdout.write(f"{line}{k.fvm.people:>7}  {verdict.word}: {verdict.reason}")
