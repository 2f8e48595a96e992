"""Durations and failures of Celery tasks, and the port where Prometheus reads those of a worker."""

import logging
import os
from time import perf_counter
from typing import Any

from celery import Task
from celery.signals import task_failure, task_postrun, task_prerun, worker_ready
from prometheus_client import Counter, Histogram, start_http_server

from monitoring.metrics import counted_registry

logger = logging.getLogger(__name__)
PORT = "WORKER_METRICS_PORT"  # of a worker's own exporter; it holds no personal data and needs no token
TASK_SECONDS = Histogram(
    "site_task_seconds", "Seconds of a run of a task", ["task"], buckets=(0.01, 0.1, 0.5, 1, 5, 15, 60)
)
TASK_FAILURES = Counter("site_task_failures", "Runs of a task that failed", ["task"])
_started: dict[str, float] = {}  # by task id, in this process


@task_prerun.connect
def note_start(task_id: str, **_: Any) -> None:
    _started[task_id] = perf_counter()


@task_postrun.connect
def measure(task_id: str, task: Task[Any, Any], **_: Any) -> None:
    started = _started.pop(task_id, None)
    if started is not None:
        TASK_SECONDS.labels(task.name).observe(perf_counter() - started)


@task_failure.connect
def count_failed_run(sender: Task[Any, Any], **_: Any) -> None:
    TASK_FAILURES.labels(sender.name).inc()


@worker_ready.connect
def export(**_: Any) -> None:
    """Serve the counters of this worker's processes on WORKER_METRICS_PORT, where it is set.

    A worker with several processes needs PROMETHEUS_MULTIPROC_DIR as well.
    """
    port = os.environ.get(PORT)
    if port:
        start_http_server(int(port), registry=counted_registry())
        logger.info("metrics of this worker are on port %s", port)
