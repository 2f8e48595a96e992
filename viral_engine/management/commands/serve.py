from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from viral_engine import server
from viral_engine.seed import LOGINS, PASSWORD
from viral_engine.simulated_peers import CREW, Crew


class Command(BaseCommand):
    help = "Migrate, seed and serve the whole site from one process, on PORT. For trials and development."

    def handle(self, *_: Any, **__: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("serve creates accounts with public passwords. In production, use the web command.")
        bound = server.bind("127.0.0.1", settings.PORT)
        try:
            call_command("migrate", verbosity=0)
            call_command("seed")
        except OperationalError as failure:
            where = settings.DATABASES["default"]["NAME"]
            raise CommandError(f"The database {where} cannot be written: {failure}") from None
        if not settings.REDIS_URL:
            from viral_engine.embedded import start_jobs  # Celery is slow to import: only where it runs in this process

            start_jobs()
        crew = Crew(port=settings.PORT) if settings.SIMULATED_PEERS else None
        server.serve(bound, when_up=lambda: self.announce(crew))

    def announce(self, crew: Crew | None) -> None:
        self.stdout.write(f"\n  {settings.SITE_NAME} is up:  {settings.SITE_URL}\n")
        for username, who in LOGINS:
            self.stdout.write(f"    {username:<7} {PASSWORD}   ({who})")
        if crew is not None:
            self.stdout.write(
                f"  {len(CREW)} simulated peers practice too; FEATURE_SIMULATED_PEERS=false turns them off."
            )
            crew.start()
        self.stdout.write("  Press Ctrl-C to stop.\n")
        self.stdout.flush()
