"""Redraw what many events change at most once a second: at once after a quiet second, else at the end of it."""

import logging
import threading
from collections.abc import Callable, Hashable
from time import monotonic

from django.conf import settings
from django.db import close_old_connections

logger = logging.getLogger(__name__)
MAX_REMEMBERED = 10_000  # keys whose last drawing is known
Draw = Callable[[], None]


class Redraws:
    """Keys, each with its function that draws and publishes. A key asked for again meanwhile is drawn once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._drawn_at: dict[Hashable, float] = {}
        self._due: dict[Hashable, tuple[float, Draw]] = {}  # oldest first
        self._thread: threading.Thread | None = None

    def ask(self, key: Hashable, draw: Draw) -> None:
        """Draw in the calling thread if the key was quiet for `REDRAW_EVERY_S`, else once that time is over."""
        at, every_s = monotonic(), settings.REDRAW_EVERY_S
        with self._changed:
            if key in self._due:
                self._due[key] = (self._due[key][0], draw)
                return
            due_at = self._drawn_at.get(key, at - every_s) + every_s
            if due_at > at:
                self._due[key] = (due_at, draw)
                self._wake()
                return
            self._remember(key, at)
        draw()

    def flush(self) -> None:
        """Draw what is still due now, because this process ends."""
        with self._changed:
            due, self._due = self._due, {}
        for _, draw in due.values():
            self._try(draw)

    def _remember(self, key: Hashable, at: float) -> None:
        self._drawn_at.pop(key, None)
        self._drawn_at[key] = at
        while len(self._drawn_at) > MAX_REMEMBERED:
            del self._drawn_at[next(iter(self._drawn_at))]

    def _wake(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._draw_due, name="redraws", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _draw_due(self) -> None:
        while True:
            for draw in self._take_due():
                self._try(draw)

    def _try(self, draw: Draw) -> None:
        try:
            close_old_connections()
            draw()
        except Exception:
            logger.exception("a redraw failed; the next change draws again")

    def _take_due(self) -> list[Draw]:
        with self._changed:
            while not self._due:
                close_old_connections()
                self._changed.wait()
            first_at = min(at for at, _ in self._due.values())
            if (left_s := first_at - monotonic()) > 0:
                self._changed.wait(left_s)
                return []
            at = monotonic()
            ready = [key for key, (due_at, _) in self._due.items() if due_at <= at]
            for key in ready:
                self._remember(key, at)
            return [self._due.pop(key)[1] for key in ready]


redraws = Redraws()
