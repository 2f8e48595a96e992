"""The room of the whole site."""

from presence import fragments
from presence.rooms.base import Payload, Room, register
from presence.rooms.meta import describe_viewer
from presence.rules import SITE_TOPIC
from presence.tracker.topic_presence import TopicPresence


@register
class SiteRoom(Room):
    """Joined by every open page of a learner: a head count for everyone, names for friends."""

    pattern = SITE_TOPIC
    has_presence = True
    friends_only = True
    __slots__ = ()

    async def describe(self) -> Payload | None:
        """Children under 13 are visible in their cohort only."""
        return None if self.context.viewer.is_child else await describe_viewer(self.context)

    @classmethod
    async def presence_changed(cls, presence: TopicPresence) -> None:
        if presence.has_pages:
            presence.redraw(fragments.site_live(presence.roster))
