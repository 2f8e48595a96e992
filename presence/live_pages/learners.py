"""Live head counts: of a subject, and of the whole site."""

from presence import fragments
from presence.live_pages.base import LivePage, register_page
from presence.rooms.site import SiteRoom
from presence.rooms.subject import SubjectRoom
from presence.rules import SITE_TOPIC
from presence.subject_cache import SubjectCache


@register_page
class SubjectLivePage(LivePage):
    """The head of a subject's page."""

    pattern = SubjectRoom.pattern
    room = SubjectRoom

    async def may_open(self) -> bool:
        return await self.cache(SubjectCache).subject(self.names["slug"]) is not None

    async def draw(self) -> str:
        facts = await self.cache(SubjectCache).subject(self.names["slug"])
        presence = await self.presence_on(self.topic, self.room)
        return fragments.subject_live(facts, presence.roster.counts(without=self.unseen)) if facts is not None else ""


@register_page
class SiteLivePage(LivePage):
    """The head count of the whole site."""

    pattern = SITE_TOPIC
    room = SiteRoom

    async def draw(self) -> str:
        presence = await self.presence_on(self.topic, self.room)
        return fragments.site_live(presence.roster.counts(without=self.unseen))
