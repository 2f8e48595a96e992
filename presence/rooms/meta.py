"""The meta that other people see of a member."""

from collections.abc import Collection

from presence.rooms.base import Payload
from presence.rooms.context import RoomContext
from presence.rules import activity_for
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt


async def describe_viewer(context: RoomContext, *, subject: str = "") -> Payload | None:
    """The meta of a viewer; None for one who does not want to be seen.

    With `subject` an activity in another subject is left out.

    Shape   {"user_id": 7, "name": "Ada", "avatar": "mint", "grade": 8, "status": "online", "online_at": 1772636400,
            "current_subject": "math", "current_activity": "practicing_algebra"}
    Units   online_at is in seconds since the epoch, when this tab joined the topic.
    """
    viewer = context.viewer
    if not viewer.is_visible:
        return None
    in_progress = await context.load(practices_under_way, viewer.id)
    skill = in_progress[1] if in_progress and subject in {"", in_progress[0]} else None
    return {
        "user_id": viewer.id,
        "name": viewer.name,
        "avatar": viewer.avatar,
        "grade": viewer.grade,
        "status": "online",  # a person who is not has no meta
        "online_at": context.joined_at_s,
        "current_subject": in_progress[0] if in_progress else viewer.current_subject or None,
        "current_activity": activity_for(skill),
    }


def practices_under_way(user_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The subject and skill of each user's unfinished attempt; a test of a whole subject repeats the subject.

    Cost  1 query.
    """
    rows = Attempt.objects.in_progress(now()).filter(user__in=user_ids).order_by("started_at")
    return {
        user_id: (subject, skill or subject)
        for user_id, subject, skill in rows.values_list("user_id", "subject__slug", "skill__slug")
    }
