"""Live pages of staff open under the rules of their HTTP pages."""

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase

from viral_engine.accounts.models import User
from viral_engine.staff import sessions
from viral_engine.staff.networks import is_staff_socket


def staff_seconds(scope: dict[str, Any], session: SessionBase, at: datetime) -> float:
    """How long the session may keep a live page of staff open; 0 where staff pages do not exist for it.

    Cost  2 queries.
    """
    user = User.objects.filter(pk=session.get(SESSION_KEY, 0), is_staff=True, is_active=True).first()
    if user is None or not is_staff_socket(scope) or sessions.lacks_second_factor(session, user):
        return 0
    return max(0.0, (sessions.ends_at(session, at) - at).total_seconds())
