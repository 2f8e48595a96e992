"""Quiet hours, and the address in a shared text. Pure functions."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_UNTIL = time(21), time(7)
LINK = re.compile(r"/r/([\w-]{1,20}\.[0-9a-f]{1,32})(?:[?#\s]|$)")


def quiet_until(at: datetime, *, zone: str, starts: time, ends: time) -> datetime:
    """Return `at`, or the end of the quiet hours it falls into, by the clock of the person's time zone.

    Hours that start and end at the same time are off. Hours over midnight end on the next day.
    """
    local = at.astimezone(ZoneInfo(zone))
    clock = local.time()
    is_over_midnight = starts > ends
    is_quiet = (clock >= starts or clock < ends) if is_over_midnight else starts <= clock < ends
    if not is_quiet:
        return at
    day = local.date() + timedelta(days=1 if is_over_midnight and clock >= starts else 0)
    return datetime.combine(day, ends, tzinfo=local.tzinfo).astimezone(at.tzinfo)


def token_in(text: str) -> str:
    """Return the token of the first link of ours in a shared text; empty without one."""
    found = LINK.search(text)
    return found[1] if found else ""
