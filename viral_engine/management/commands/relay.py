import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from viral_engine.kernel import relay


class Command(BaseCommand):
    help = "Run durable listeners as soon as their events commit. Start one; a second one stands by."

    def handle(self, *_: Any, **__: Any) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        relay.run(stopped)
