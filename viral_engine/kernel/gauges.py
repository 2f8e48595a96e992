"""Numbers that apps report of themselves; monitoring, which stands on top, reads them and need not know who counts."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)
Read = Callable[[], int | None]
_gauges: dict[str, Read] = {}


def report(name: str, read: Read) -> None:
    """From now on the gauge of this name is what `read` returns; None stands for "cannot be told"."""
    _gauges[name] = read


def value_of(name: str) -> int | None:
    """What the gauge shows: 0 while nobody reports it, None while whoever does cannot tell."""
    read = _gauges.get(name)
    if read is None:
        return 0
    try:
        return read()
    except Exception:
        logger.exception("gauge %s cannot be read", name)
        return None
