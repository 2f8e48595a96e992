"""The relay: a process, or a thread in one-process mode, that drains the outbox as soon as an event commits.

One relay drains at a time, so each person's events keep their order; others stand by. A relay that dies is replaced
within 15 s: by another one, or by the periodic task.
"""

import logging
import threading

from django.conf import settings
from django.db import close_old_connections

from viral_engine.kernel.bell import bell
from viral_engine.kernel.clock import now
from viral_engine.kernel.outbox import Drain
from viral_engine.kernel.pubsub.redraw import redraws

logger = logging.getLogger(__name__)
PAUSE_S = 1.0  # after a failure, and while another relay drains

_has_thread = threading.Event()


def runs_elsewhere() -> bool:
    """Whether a relay runs durable listeners; otherwise the process that announces an event runs them itself."""
    return _has_thread.is_set() or not settings.OUTBOX_EAGER


def start_thread() -> None:
    """Run a relay in this process until it ends."""
    _has_thread.set()
    threading.Thread(target=run, args=[threading.Event()], name="outbox-relay", daemon=True).start()


def run(stopped: threading.Event) -> None:
    """Drain the outbox until `stopped` is set; the running batch is finished."""
    mine: Drain | None = None
    while not stopped.is_set():
        try:
            mine = mine if mine and mine.is_held() else Drain.begin(now)
            if mine is None:
                stopped.wait(PAUSE_S)
            elif mine.run_claim() is None:
                close_old_connections()
                bell().wait()
        except Exception:
            logger.exception("the relay failed and goes on")
            close_old_connections()
            stopped.wait(PAUSE_S)
    redraws.flush()
    if mine is not None:
        mine.end()
