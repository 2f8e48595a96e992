"""Whether this process is stopping: its people are then left to the lease, and never to what a client says."""

import asyncio
import signal
import threading
from types import FrameType
from weakref import WeakSet

SIGNALS = (signal.SIGTERM, signal.SIGINT)
_stopping: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def begin(loop: asyncio.AbstractEventLoop) -> None:
    """The server of this loop ends."""
    _stopping.add(loop)


def is_under_way() -> bool:
    return asyncio.get_running_loop() in _stopping


def heed_signals() -> None:
    """Learn of a stop as the server does, whichever it is: daphne and stock uvicorn tell an application nothing.

    The server's own handlers still act; a signal that nobody handles is left alone, and keeps its default.
    """
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            _listen_in(number, loop)


def _listen_in(number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
    handler = signal.getsignal(number)
    if not callable(handler) or handler is signal.default_int_handler:
        return

    def note(received: int, frame: FrameType | None) -> None:
        begin(loop)
        handler(received, frame)

    signal.signal(number, note)
