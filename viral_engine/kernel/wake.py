"""Wake a worker: start a task as soon as the rows it works on are committed. A call may be lost; beat is the net."""

import logging
import os
import threading
from functools import partial

from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from viral_engine.celery import app

logger = logging.getLogger(__name__)
EXPIRES_S = 60.0  # by then beat has started the task itself
PAUSE_S = 1.0  # after a failure


def after_commit(task: str) -> None:
    """Start this task once the transaction has committed. No caller waits for the broker."""
    transaction.on_commit(partial(_caller.call, task))


class TaskCaller:
    """A thread that starts tasks; calls of one task that wait together start it once."""

    def __init__(self) -> None:
        self._called = threading.Event()
        self._lock = threading.Lock()
        self._tasks: set[str] = set()
        self._pid = 0  # of the process whose thread it is

    def call(self, task: str) -> None:
        with self._lock:
            self._tasks.add(task)
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="task-caller", daemon=True).start()
        self._called.set()

    def _run(self) -> None:
        while True:
            self._called.wait()
            self._called.clear()
            with self._lock:
                tasks, self._tasks = self._tasks, set()
            for task in sorted(tasks):
                self._start(task)

    def _start(self, task: str) -> None:
        try:
            app.send_task(task, expires=EXPIRES_S, retry=False)
        except (KombuError, RedisError, OSError) as error:
            logger.warning("%s was not started; beat starts it: %r", task, error)
            threading.Event().wait(PAUSE_S)


_caller = TaskCaller()
