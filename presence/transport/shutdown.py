"""Knows whether this process is shutting down.

Sockets that close during a shutdown keep their presence until the lease runs out. A close code does not decide this,
because a client may choose it.
"""

import asyncio
import signal
import threading
from types import FrameType
from weakref import WeakSet

SIGNALS = (signal.SIGTERM, signal.SIGINT)
_stopping: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def begin(loop: asyncio.AbstractEventLoop) -> None:
    """Mark the server of this loop as shutting down."""
    _stopping.add(loop)


def is_under_way() -> bool:
    return asyncio.get_running_loop() in _stopping


def watch_signals() -> None:
    """Notice a shutdown by the signal: daphne and stock uvicorn do not notify the application.

    The server's own handlers still run. A signal without a handler keeps its default action.
    """
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            _wrap_handler(number, loop)


def _wrap_handler(number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
    handler = signal.getsignal(number)
    if not callable(handler) or handler is signal.default_int_handler:
        return

    def begin_and_forward(received: int, frame: FrameType | None) -> None:
        begin(loop)
        handler(received, frame)

    signal.signal(number, begin_and_forward)
