"""The shapes that programs read, the same wherever they come from."""

from datetime import datetime
from typing import Any


def activity_payload(  # the parts of an activity, in the order of its payload
    *,
    kind: str,
    user_id: int,
    name: str,
    avatar: str,
    subject: str,
    skill: str,
    at: datetime,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One learner's activity. `name` and `at` are the older names of `user_name` and `timestamp`.

    Shape  {"type": "practice_completed", "user_id": 7, "user_name": "Ada", "name": "Ada", "avatar": "mint",
           "subject": "math", "skill": "algebra", "meta": {}, "timestamp": "2026-03-04T15:00:00+00:00", "at": "2026..."}
    """
    instant = at.isoformat()
    return {
        "type": kind,
        "user_id": user_id,
        "user_name": name,
        "name": name,
        "avatar": avatar,
        "subject": subject,
        "skill": skill,
        "meta": meta or {},
        "timestamp": instant,
        "at": instant,
    }
