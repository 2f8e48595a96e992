from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from viral_engine import server


class Command(BaseCommand):
    help = "Serve pages and sockets in production with uvicorn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT, help="by default PORT, else 8000")

    def handle(self, *_: Any, host: str, port: int, **__: Any) -> None:
        server.serve(server.bind(host, port))
