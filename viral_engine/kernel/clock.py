"""The one place that reads the clock; doors call it and pass the instant in."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The aware UTC instant, in microseconds."""
    return timezone.now()
