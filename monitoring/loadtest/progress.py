"""Live progress on the terminal: one line that changes where rich is installed, else a line every ten seconds."""

import time
from importlib.util import find_spec
from typing import Any

from django.core.management.base import OutputWrapper

from monitoring.loadtest.generator import Watch
from monitoring.loadtest.report import progress_line

PLAIN_EVERY_S = 10.0


def progress_display(output: OutputWrapper) -> Watch:
    """The function that shows one line of progress."""
    return _live(output) if output.isatty() and find_spec("rich") is not None else _plain(output)


def _plain(output: OutputWrapper) -> Watch:
    shown_at = 0.0

    def show(facts: dict[str, Any]) -> None:
        nonlocal shown_at
        if time.monotonic() - shown_at >= PLAIN_EVERY_S:
            shown_at = time.monotonic()
            output.write(progress_line(facts))
            output.flush()

    return show


def _live(output: OutputWrapper) -> Watch:
    from rich.console import Console  # only development installs it
    from rich.status import Status

    status = Status("Starting ...", console=Console())
    status.start()

    def show(facts: dict[str, Any]) -> None:
        if facts["phase"] == "settle":
            status.stop()
            output.write(progress_line(facts))
        else:
            status.update(progress_line(facts))

    return show
