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
    end = local.replace(hour=ends.hour, minute=ends.minute, second=ends.second, microsecond=0)
    if clock >= ends:
        end += timedelta(days=1)  # by the clock on the wall, also when the hour changes in this night
    return end.astimezone(at.tzinfo)


def token_in(text: str) -> str:
    """Return the token of the first link of ours in a shared text; empty without one."""
    found = LINK.search(text)
    return found[1] if found else ""
