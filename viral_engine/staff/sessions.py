"""How long a session of staff lasts, and what it has proved. The facts are kept in the session itself."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import cast

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from viral_engine.accounts.models import User
from viral_engine.staff import rules

STARTED, SEEN, REASONS, LISTS = "staff_started_s", "staff_seen_s", "child_record_reasons", "child_lists"
ROWS = "child_record_rows"


def begin(session: SessionBase, at: datetime) -> None:
    """Start the clocks of a session in which staff have just logged in, and forget what it held before."""
    for name in (REASONS, LISTS, ROWS):
        session.pop(name, None)
    session[STARTED] = session[SEEN] = at.timestamp()


def ends_at(session: SessionBase, at: datetime) -> datetime:
    """When the session ends if no other page is opened; a session without clocks starts now."""
    started_s = session.get(STARTED, at.timestamp())
    return rules.session_ends_at(started_at=_instant(started_s), seen_at=_instant(session.get(SEEN, at.timestamp())))


def is_over(session: SessionBase, at: datetime) -> bool:
    return at >= ends_at(session, at)


def mark_seen(session: SessionBase, at: datetime) -> None:
    """Keep the session alive. At most one write a minute."""
    if STARTED not in session:
        session[STARTED] = at.timestamp()
    if at - _instant(session.get(SEEN, 0.0)) >= rules.SEEN_EVERY:
        session[SEEN] = at.timestamp()


def has_second_factor(session: SessionBase, user: User) -> bool:
    """Whether this session has proved the second factor of its own user."""
    request = HttpRequest()
    request.session = session
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


def lacks_second_factor(session: SessionBase, user: User) -> bool:
    """Whether staff must still prove a second factor before they see a staff page."""
    return settings.STAFF_MFA_REQUIRED and not has_second_factor(session, user)


def reasons_of(session: SessionBase) -> dict[str, str]:
    """{person id as text: why staff look at their record in this session}."""
    return cast("dict[str, str]", session.get(REASONS, {}))


def keep_reason(session: SessionBase, people: list[int], reason: str) -> None:
    session[REASONS] = reasons_of(session) | {str(person): reason for person in people}


def keep_rows(session: SessionBase, rows: Collection[str]) -> None:
    """Keep the rows of an action while staff say why; a thousand ids are too long for an address."""
    session[ROWS] = list(rows)


def rows_of(session: SessionBase) -> list[str]:
    return cast("list[str]", session.get(ROWS, []))


def is_new_list(session: SessionBase, path: str) -> bool:
    """True the first time in this session that staff open the list."""
    opened = cast("list[str]", session.get(LISTS, []))
    if path in opened:
        return False
    session[LISTS] = [*opened, path]
    return True


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
