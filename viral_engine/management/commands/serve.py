from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from viral_engine.seed import LOGINS, PASSWORD


class Command(BaseCommand):
    help = "Migrate, seed and serve the whole site from this one process. For trying it and for development."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_: Any, port: int, **__: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("serve is for one machine and known passwords. In production start the ASGI server.")
        call_command("migrate", verbosity=0)
        call_command("seed")
        if not settings.REDIS_URL:
            from viral_engine.embedded import start_jobs  # Celery is heavy: only where it runs in this process

            start_jobs()
        self.stdout.write(f"\n  {settings.SITE_NAME} is up:  http://127.0.0.1:{port}\n")
        for username, who in LOGINS:
            self.stdout.write(f"    {username:<7} {PASSWORD}   ({who})")
        self.stdout.write("  Ctrl-C stops it.\n")
        self.stdout.flush()
        uvicorn.run(
            "viral_engine.asgi:application",
            host="127.0.0.1",
            port=port,
            log_level="warning",
            lifespan="off",
            ws_per_message_deflate=False,
            ws_max_size=64 * 1024,
        )
