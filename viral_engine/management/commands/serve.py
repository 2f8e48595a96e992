from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from viral_engine.management.commands.web import SERVER
from viral_engine.seed import LOGINS, PASSWORD
from viral_engine.simulated_peers import CREW, Crew


class Command(BaseCommand):
    help = "Migrate, seed and serve the whole site from one process, on PORT. For trials and development."

    def handle(self, *_: Any, **__: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("serve creates accounts with public passwords. In production, use the web command.")
        call_command("migrate", verbosity=0)
        call_command("seed")
        if not settings.REDIS_URL:
            from viral_engine.embedded import start_jobs  # Celery is slow to import: only where it runs in this process

            start_jobs()
        self.stdout.write(f"\n  {settings.SITE_NAME} is up:  {settings.SITE_URL}\n")
        for username, who in LOGINS:
            self.stdout.write(f"    {username:<7} {PASSWORD}   ({who})")
        if settings.SIMULATED_PEERS:
            self.stdout.write(
                f"  {len(CREW)} simulated peers practice too; FEATURE_SIMULATED_PEERS=false turns them off."
            )
            Crew(port=settings.PORT).start()
        self.stdout.write("  Press Ctrl-C to stop.\n")
        self.stdout.flush()
        uvicorn.run(host="127.0.0.1", port=settings.PORT, **SERVER)
