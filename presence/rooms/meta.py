"""The meta that other people see of a member."""

from collections.abc import Collection

from presence.rooms.base import Payload
from presence.rooms.context import RoomContext
from presence.rules import activity_for
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt


async def describe_viewer(context: RoomContext, *, subject: str = "") -> Payload | None:
    """Name, avatar and current activity; None for a viewer who does not want to be seen.

    With `subject` an activity in another subject is left out.
    """
    viewer = context.viewer
    if not viewer.is_visible:
        return None
    in_progress = await context.load(practices_under_way, viewer.id)
    skill = in_progress[1] if in_progress and subject in {"", in_progress[0]} else None
    return {"name": viewer.name, "avatar": viewer.avatar, "current_activity": activity_for(skill)}


def practices_under_way(user_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The subject and skill of each user's unfinished attempt; a test of a whole subject repeats the subject.

    Cost  1 query.
    """
    rows = Attempt.objects.in_progress(now()).filter(user__in=user_ids).order_by("started_at")
    return {
        user_id: (subject, skill or subject)
        for user_id, subject, skill in rows.values_list("user_id", "subject__slug", "skill__slug")
    }
