"""The meta that other people see of a member."""

from presence.practice_watch import practices_under_way
from presence.rooms.base import Payload
from presence.rooms.context import RoomContext
from presence.rules import ELSEWHERE, activity_for


async def describe_viewer(context: RoomContext, *, subject: str = "") -> Payload | None:
    """Name, avatar and current activity; None for a viewer who does not want to be seen.

    With `subject` an activity in another subject is left out. A page shows only the attempt that it has open, and
    `elsewhere` marks the entry of a page without one: it never shows an activity, so practicing ends with its page.
    """
    viewer = context.viewer
    if not viewer.is_visible:
        return None
    meta: Payload = {"name": viewer.name, "avatar": viewer.avatar, "current_activity": None}
    if context.page_attempt == "":
        return meta | {ELSEWHERE: True}
    practice = await context.load(practices_under_way, viewer.id)
    if practice is None or subject not in {"", practice.subject} or context.shows_another(practice.attempt_id):
        return meta
    context.watch_practice([context.topic], idle_in_s=practice.idle_in_s)
    return meta | {"current_activity": activity_for(practice.skill)}
