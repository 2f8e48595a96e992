"""The room of the whole site."""

from presence import fragments
from presence.rooms.base import Payload, Room, register
from presence.rooms.context import RoomContext
from presence.rooms.meta import describe_viewer
from presence.rules import SITE_TOPIC
from presence.tracker.topic_presence import TopicPresence


@register
class SiteRoom(Room):
    """Joined by every open page of a learner: a head count for everyone, names for friends.

    People here are present in their cohorts too, whatever page they look at.
    """

    pattern = SITE_TOPIC
    has_presence = True
    friends_only = True
    is_guarded = False
    __slots__ = ("_meta",)

    def __init__(self, context: RoomContext, names: dict[str, str]) -> None:
        super().__init__(context, names)
        self._meta: Payload | None = None

    def refusal(self) -> str:
        return ""

    async def describe(self) -> Payload | None:
        """Children under 13 are visible in their cohort only."""
        self._meta = await describe_viewer(self.context)
        return None if self.context.viewer.is_child else self._meta

    def elsewhere(self) -> dict[str, Payload]:
        if self._meta is None:
            return {}
        topics = [f"cohort:{cohort}" for cohort in self.context.viewer.cohorts]
        if self._meta["current_activity"] is not None:
            self.context.watch_practice(topics)
        return dict.fromkeys(topics, self._meta)

    @classmethod
    async def presence_changed(cls, presence: TopicPresence) -> None:
        if presence.has_pages:
            presence.redraw_counts(fragments.site_live)
