"""Tasks that run beside their caller."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from django.db import InterfaceError, OperationalError

UNAVAILABLE = (OperationalError, InterfaceError)  # of the database, for the moment
logger = logging.getLogger(__name__)


def log_failure(task: "asyncio.Future[Any]") -> None:
    """Log what a finished task or future raised, also when everybody who waited for it is gone."""
    if not task.cancelled() and (failure := task.exception()) is not None:
        if isinstance(failure, UNAVAILABLE):
            logger.warning("a background task of a socket met no database: %r", failure)
        else:
            logger.error("a background task of a socket failed", exc_info=failure)


class BackgroundTasks:
    """Keeps its tasks from being garbage-collected, and logs the ones that fail."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start the work on the running loop without waiting for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        log_failure(task)

    def cancel_all(self) -> None:
        for task in list(self._tasks):
            task.cancel()
