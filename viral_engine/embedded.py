"""One-process mode: Celery worker, beat and relay run as threads beside the web server, with the broker in memory."""

import threading

from celery.beat import Scheduler, Service

from viral_engine.celery import app
from viral_engine.kernel import relay

QUEUES = {"celery": 2, "ai": 1}  # queue -> threads; slow calls of the AI provider keep nothing else waiting


def start_jobs() -> None:
    """Start a worker, a beat and a relay; they run until the process ends."""
    relay.start_thread()
    for queue, concurrency in QUEUES.items():
        worker = app.WorkController(
            pool="threads",
            concurrency=concurrency,
            queues=[queue],
            hostname=f"{queue}@embedded",
            without_mingle=True,
            without_gossip=True,
        )
        threading.Thread(target=worker.start, name=f"celery-{queue}", daemon=True).start()
    beat = Service(app, scheduler_cls=Scheduler)
    threading.Thread(target=beat.start, kwargs={"embedded_process": False}, name="celery-beat", daemon=True).start()
