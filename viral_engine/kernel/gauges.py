"""Gauges that apps register; monitoring reads them by name without importing the apps."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)
Read = Callable[[], int | None]
_gauges: dict[str, Read] = {}


def register_gauge(name: str, read: Read) -> None:
    """Register the gauge of this name; `read` returns its value, or None while the value is unknown."""
    _gauges[name] = read


def read_gauge(name: str) -> int | None:
    """Read the gauge: 0 when none is registered under this name, None when its value is unknown."""
    read = _gauges.get(name)
    if read is None:
        return 0
    try:
        return read()
    except Exception:
        logger.exception("gauge %s cannot be read", name)
        return None
