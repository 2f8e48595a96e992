"""`manage.py loadtest`: thousands of learners on the real site, a report, and PASS or FAIL."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from monitoring.loadtest.generator import require_locust
from monitoring.loadtest.plan import LoadPlan
from monitoring.loadtest.progress import progress_display
from monitoring.loadtest.report import summary_lines, write_report
from monitoring.loadtest.run import load_own_site, load_running_site
from monitoring.loadtest.servers import CannotStart, own_database, own_redis

INSIDE = "LOADTEST_REDIS_PID"  # set for the run on the test's own database and Redis
HOUR_S = 3600


class Command(BaseCommand):
    """Starts its own database, Redis and servers, and uses loopback addresses only."""

    help = "Test the site under load with Locust; ends with a report and PASS or FAIL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=int, default=5000)
        parser.add_argument("--duration", type=float, default=300.0, help="seconds that are measured (300)")
        parser.add_argument("--soak", type=float, default=0.0, help="measure for so many hours and print availability")
        parser.add_argument("--web", type=int, default=1, help="web processes (1)")
        parser.add_argument("--workers", type=int, default=1, help="Celery workers (1)")
        parser.add_argument("--events", type=float, default=50.0, help="orchestrated events a second of 5,000 users")
        parser.add_argument("--warm-up-users", type=int, default=100)
        parser.add_argument("--url", default="", help="test a running site on this machine, with these settings")
        parser.add_argument("--report", type=Path, default=settings.VAR_DIR / "loadtest", help="folder of the report")

    def handle(self, **options: Any) -> None:
        plan = self.plan_from(options)
        try:
            require_locust()
            if INSIDE in os.environ:
                watched = progress_display(self.stdout)
                self.report(plan, load_own_site(plan, redis_pid=int(os.environ[INSIDE]), watch=watched))
            elif plan.url:
                self.report(plan, load_running_site(plan, watch=progress_display(self.stdout)))
            else:
                self.run_inside()
        except CannotStart as missing:
            raise CommandError(str(missing)) from missing

    def plan_from(self, options: dict[str, Any]) -> LoadPlan:
        if min(options["users"], options["web"], options["workers"]) < 1 or options["events"] <= 0:
            raise CommandError("--users, --web, --workers and --events must be positive.")
        url = options["url"].rstrip("/")
        if url and urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
            raise CommandError("--url must be on this machine (127.0.0.1): a load test never goes to another host.")
        folder = options["report"].resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return LoadPlan(
            users=options["users"],
            duration_s=options["soak"] * HOUR_S or options["duration"],
            folder=folder,
            web=options["web"],
            workers=options["workers"],
            url=url,
            events=options["events"],
            warm_up_users=options["warm_up_users"],
            is_soak=bool(options["soak"]),
        )

    def run_inside(self) -> None:
        """Run this command again, with the same arguments, on a database and a Redis of its own."""
        self.stdout.write("Starting PostgreSQL database, Redis and servers of the test ...")
        with own_redis() as (redis_url, pid), own_database(f"loadtest_{os.getpid()}") as database_url:
            environment = {
                **os.environ,
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "FEATURE_SIMULATED_PEERS": "false",
                "PRODUCTION": "false",
                INSIDE: str(pid),
            }
            self.stdout.flush()
            command = [sys.executable, "manage.py", *sys.argv[1:]]
            code = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode  # noqa: S603
        if code:
            raise SystemExit(code)

    def report(self, plan: LoadPlan, result: dict[str, Any]) -> None:
        page = write_report(result, plan.folder)
        for line in summary_lines(result):
            self.stdout.write(line)
        if plan.is_soak:
            share = result["availability"]
            self.stdout.write(f"Availability {share['actions']:.4%} of actions, {share['time']:.2%} of the time")
        self.stdout.write(f"{'PASS' if result['passed'] else 'FAIL'}: {page}")
        if not result["passed"]:
            raise SystemExit(1)
