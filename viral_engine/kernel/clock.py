"""The only place that reads the clock, and the only one that knows which day an instant belongs to.

Views, tasks and commands call `now` and pass the instant on.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic

from django.utils import timezone


def now() -> datetime:
    """Return the aware UTC instant, in microseconds."""
    return timezone.now()


def today(at: datetime) -> date:
    """The site's day (`TIME_ZONE`): the day of ages, streaks, daily caps, boards and everything a person is shown."""
    return at.astimezone(timezone.get_default_timezone()).date()


def midnight(day: date) -> datetime:
    """The first instant of a site's day."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def utc_day(at: datetime) -> date:
    """The day of counts that are kept for ever and must not move when `TIME_ZONE` is changed."""
    return at.astimezone(UTC).date()


def clock_from(at: datetime) -> Callable[[], datetime]:
    """A clock that shows `at` now and advances in whole seconds, even while the machine's own clock is being set."""
    started_s = monotonic()
    return lambda: at + timedelta(seconds=int(monotonic() - started_s))
