"""The meta that other people see of a member."""

from presence.practice_watch import practices_under_way
from presence.rooms.base import Payload
from presence.rooms.context import RoomContext
from presence.rules import ELSEWHERE, activity_for


async def describe_viewer(context: RoomContext, *, subject: str = "") -> Payload | None:
    """The meta of a viewer; None for one who does not want to be seen.

    With `subject` an activity in another subject is left out. A page shows only the attempt that it has open, and
    `elsewhere` marks the entry of a page without one: it never shows an activity, so practicing ends with its page.

    Shape   {"user_id": 7, "name": "Ada", "avatar": "mint", "grade": 8, "status": "online", "online_at": 1772636400,
            "current_subject": "math", "current_activity": "practicing_algebra"}
    Units   online_at is in seconds since the epoch, when this tab joined the topic.
    """
    viewer = context.viewer
    if not viewer.is_visible:
        return None
    meta: Payload = {
        "user_id": viewer.id,
        "name": viewer.name,
        "avatar": viewer.avatar,
        "grade": viewer.grade,
        "status": "online",  # a person who is not has no meta
        "online_at": context.joined_at_s,
        "current_subject": viewer.current_subject or None,
        "current_activity": None,
    }
    if context.page_attempt == "":
        return meta | {ELSEWHERE: True}
    practice = await context.load(practices_under_way, viewer.id)
    if practice is None or context.shows_another(practice.attempt_id):
        return meta
    meta["current_subject"] = practice.subject
    if subject not in {"", practice.subject}:
        return meta
    context.watch_practice([context.topic], idle_in_s=practice.idle_in_s)
    return meta | {"current_activity": activity_for(practice.skill)}
