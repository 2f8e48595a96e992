"""The only place that reads the clock; views, tasks and commands call it and pass the instant on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from django.utils import timezone


def now() -> datetime:
    """Return the aware UTC instant, in microseconds."""
    return timezone.now()


def clock_from(at: datetime) -> Callable[[], datetime]:
    """A clock that shows `at` now and advances in whole seconds, even while the machine's own clock is being set."""
    started_s = monotonic()
    return lambda: at + timedelta(seconds=int(monotonic() - started_s))
