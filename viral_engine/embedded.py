"""One-process mode: Celery worker, beat and relay run as threads beside the web server, with the broker in memory."""

import threading

from celery.beat import Scheduler, Service

from viral_engine.celery import app
from viral_engine.kernel import relay

THREADS = 6  # mail, notices and the AI provider may hang at once, and the rest goes on


def start_jobs() -> None:
    """Start a worker of all queues, a beat and a relay; they run until the process ends."""
    relay.start_thread()
    worker = app.WorkController(pool="threads", concurrency=THREADS, without_mingle=True, without_gossip=True)
    threading.Thread(target=worker.start, name="celery-worker", daemon=True).start()
    beat = Service(app, scheduler_cls=Scheduler)
    threading.Thread(target=beat.start, kwargs={"embedded_process": False}, name="celery-beat", daemon=True).start()
