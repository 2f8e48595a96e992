"""The rooms of this app: a subject, where peers practice side by side, and a person's own."""

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from presence import fragments
from presence.audience import Audience
from presence.channel import Channel
from presence.live import LivePage, register_page
from presence.node import Node
from presence.people import in_database
from presence.room import Payload, Refused, Room, handles, register
from presence.rules import SITE, headcount
from presence.subjects import Catalogue, SubjectFacts
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Result

logger = logging.getLogger(__name__)
WORTH_SHARING = 80
CLAIM_FOR = timedelta(minutes=10)
_catalogues: WeakKeyDictionary[Node, Catalogue] = WeakKeyDictionary()


def catalogue_of(node: Node) -> Catalogue:
    return _catalogues.setdefault(node, Catalogue())


@register
class SubjectRoom(Room):
    pattern = r"subject:(?P<slug>[a-z0-9-]{1,40})"
    has_presence = True
    __slots__ = ("facts",)

    facts: SubjectFacts

    async def join(self, params: Payload) -> Payload:  # noqa: ARG002  (nothing to ask for)
        facts = await catalogue_of(self.channel.socket.node).subject(self.names["slug"])
        if facts is None:
            raise Refused("unknown_subject")
        self.facts = facts
        return {}

    async def describe(self) -> Payload | None:
        """Children under 13 are seen in their cohort alone."""
        return None if self.channel.person.is_child else await seen_as(self.channel, subject=self.facts.slug)

    async def snapshot(self) -> Payload:
        return stats_of(self._audience(), self.facts) | {"cohort_activity": await self._cohort_activity()}

    async def joined(self) -> None:
        self.channel.push("subject_stats", await self.snapshot())

    @handles("practice_started")
    async def practice_started(self, payload: Payload) -> Payload:
        """The client practices by itself; pages of the site do it by the event of the same name."""
        skill = self._skill_in(payload)
        person, node = self.channel.person, self.channel.socket.node
        await node.tracker.update(
            self.channel.topic, key=self.channel.key, patch={"current_activity": activity_for(skill)}
        )
        if person.feed_visible:
            for cohort_id in person.cohorts:
                fragments.tell_cohort(cohort_id, person, "practice_started", self.facts.slug, skill)
        self._suggest_friends()
        return {"presence_updated": True}

    def _suggest_friends(self) -> None:
        friends = self._audience().friends_here(self.channel)
        if friends:
            here = [{"user_id": int(key), **_friend(listed["metas"][0])} for key, listed in friends.items()]
            suggestion = "Invite them to practice together?"
            self.channel.push("friends_online", {"friends": here, "suggestion": suggestion})

    @handles("practice_completed")
    async def practice_completed(self, payload: Payload) -> Payload:
        """The score that counts is the one of our own record; a claim without one clears the activity, no more."""
        skill = self._skill_in(payload)
        person, node = self.channel.person, self.channel.socket.node
        await node.tracker.update(self.channel.topic, key=self.channel.key, patch={"current_activity": None})
        result = await in_database(lambda: _latest_result(person.id, skill))
        if result is None or result.score != payload.get("score"):
            logger.info("user %s claimed a score in %s that is not on record", person.id, skill)
        if result is not None and result.score >= WORTH_SHARING and person.wants_prompts:
            self.channel.push("viral_suggestion", fragments.suggestion_for(result, skill))
        return {"acknowledged": True}

    def _skill_in(self, payload: Payload) -> str:
        skill = payload.get("skill")
        if not isinstance(skill, str) or skill not in self.facts.skills:
            raise Refused("unknown_skill")
        return skill

    def _audience(self) -> Audience:
        return self.channel.socket.node.audiences[self.channel.topic]

    async def _cohort_activity(self) -> list[dict[str, Any]]:
        catalogue, person = catalogue_of(self.channel.socket.node), self.channel.person
        found = [
            await catalogue.cohort_activity(cohort, self.facts.slug, hidden=person.hidden) for cohort in person.cohorts
        ]
        return [activity for activities in found for activity in activities]

    @classmethod
    async def presence_changed(cls, audience: Audience) -> None:
        facts = await catalogue_of(audience.node).subject(audience.topic.partition(":")[2])
        if facts is not None:
            audience.broadcast("subject_stats", stats_of(audience, facts))
            if audience.local.pages:
                audience.redraw(fragments.subject_live(facts, audience.roster))


@register
class SiteRoom(Room):
    """Every page of the site that a learner has open: how many are here, and which friends."""

    pattern = SITE
    has_presence = True
    friends_only = True
    __slots__ = ()

    async def describe(self) -> Payload | None:
        """For friends. Children under 13 are seen in their cohort alone."""
        return None if self.channel.person.is_child else await seen_as(self.channel)

    @classmethod
    async def presence_changed(cls, audience: Audience) -> None:
        if audience.local.pages:
            audience.redraw(fragments.site_live(audience.roster))


@register
class UserRoom(Room):
    """A person's own topic: rewards, referrals and prompts reach them here."""

    pattern = r"user:(?P<id>[0-9]{1,18})"

    async def join(self, params: Payload) -> Payload:  # noqa: ARG002
        if int(self.names["id"]) != self.channel.person.id:
            raise Refused("not_your_topic")
        return {}


@register_page
class SubjectPage(LivePage):
    """The live head of a subject's page."""

    pattern = SubjectRoom.pattern
    room = SubjectRoom

    async def may_open(self) -> bool:
        return await catalogue_of(self.node).subject(self.names["slug"]) is not None

    async def draw(self) -> str:
        facts = await catalogue_of(self.node).subject(self.names["slug"])
        audience = await self.node.open_audience(self.topic, self.room, self.locals[0])
        return fragments.subject_live(facts, audience.roster) if facts is not None else ""


@register_page
class SitePage(LivePage):
    """The head count of the whole site."""

    pattern = SITE
    room = SiteRoom

    async def draw(self) -> str:
        audience = await self.node.open_audience(self.topic, self.room, self.locals[0])
        return fragments.site_live(audience.roster)


async def seen_as(channel: Channel, *, subject: str = "") -> Payload | None:
    """How others see a member: name, avatar and what they practice, of this subject where one is named.

    None for who does not want to be seen.
    """
    person = channel.person
    if not person.is_visible:
        return None
    under_way = await channel.socket.node.load(practices_under_way, person.id)
    skill = under_way[1] if under_way and subject in {"", under_way[0]} else None
    return {"name": person.name, "avatar": person.avatar, "current_activity": activity_for(skill)}


def activity_for(skill: str | None) -> str | None:
    return None if skill is None else f"practicing_{skill}"


def stats_of(audience: Audience, facts: SubjectFacts) -> Payload:
    """Numbers for programs and their public reading: one or two people are never counted out loud."""
    people, active = audience.roster.people, audience.roster.active()
    return {
        "peers_online": people,
        "active_practicing": active,
        "peers_label": headcount(people),
        "active_label": headcount(active),
        "popular_skills": facts.popular,
    }


def practices_under_way(user_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Subject and skill of what each of these people is practicing; the subject twice in a test of it all. 1 query."""
    rows = Attempt.objects.under_way(now()).filter(user__in=user_ids).order_by("started_at")
    return {
        user_id: (subject, skill or subject)
        for user_id, subject, skill in rows.values_list("user_id", "subject__slug", "skill__slug")
    }


def _latest_result(user_id: int, skill: str) -> Result | None:
    recent = Result.objects.of(user_id).since(now() - CLAIM_FOR).filter(skill__slug=skill)
    return recent.select_related("skill").order_by("-finished_at").first()


def _friend(meta: Payload) -> Payload:
    return {"name": meta["name"], "current_activity": meta["current_activity"]}
