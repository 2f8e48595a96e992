"""The room of a subject, where learners see each other practice."""

import logging
from datetime import timedelta
from typing import Any

from presence import fragments
from presence.events import PracticeReported
from presence.rooms.base import Payload, RequestRefused, Room, handles, register
from presence.rooms.meta import describe_viewer
from presence.rules import Headcounts, activity_for
from presence.subject_cache import SubjectCache, SubjectFacts
from presence.tracker.topic_presence import TopicPresence
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import announce_unlogged
from viral_engine.kernel.text.validators import SLUG
from viral_engine.learning.models import Result

logger = logging.getLogger(__name__)
MIN_SHARED_SCORE = 80
CLAIM_FOR = timedelta(minutes=10)  # a claimed score counts only with a result this recent


@register
class SubjectRoom(Room):
    """Names and activity for friends, counts for everybody else. Classmates meet in the room of the cohort."""

    pattern = rf"subject:(?P<slug>{SLUG})"
    has_presence = True
    friends_only = True
    is_guarded = False
    __slots__ = ("facts",)

    facts: SubjectFacts

    def refusal(self) -> str:
        return ""

    async def join(self, params: Payload) -> Payload:  # noqa: ARG002  (no parameters)
        facts = await self.context.cache(SubjectCache).subject(self.names["slug"])
        if facts is None:
            raise RequestRefused("unknown_subject")
        self.facts = facts
        return {}

    async def describe(self) -> Payload | None:
        """Children under 13 are visible in their cohort only."""
        return None if self.context.viewer.is_child else await describe_viewer(self.context, subject=self.facts.slug)

    async def snapshot(self) -> Payload:
        presence = self.context.presence
        hidden = self.context.viewer.hidden
        stats = stats_of(presence.roster.counts(without=hidden), self.facts) if presence is not None else {}
        return stats | {"cohort_activity": await self._cohort_activity()}

    async def joined(self) -> None:
        self.context.push("subject_stats", await self.snapshot())

    @handles("practice_started")
    async def practice_started(self, payload: Payload) -> Payload:
        """Show the member's practice. For clients with their own questions: the site's pages use a listener."""
        skill = self._skill_in(payload)
        await self.context.show_activity(activity_for(skill), subject=self.facts.slug)
        await self._report(skill, is_completed=False)
        self._suggest_friends()
        return {"presence_updated": True}

    async def _report(self, skill: str, *, is_completed: bool) -> None:
        """Let the cohort hear of a practice that is not on record."""
        user_id, subject = self.context.viewer.id, self.facts.slug
        report = PracticeReported(actor_id=user_id, subject=subject, skill=skill, is_completed=is_completed)
        await self.context.run_in_db(lambda: announce_unlogged(report, at=now()))

    def _suggest_friends(self) -> None:
        friends = self.context.friends_here()
        if friends:
            here = [{"user_id": int(key), **_friend(listed["metas"][0])} for key, listed in friends.items()]
            suggestion = "Invite them to practice together?"
            self.context.push("friends_online", {"friends": here, "suggestion": suggestion})

    @handles("practice_completed")
    async def practice_completed(self, payload: Payload) -> Payload:
        """Clear the activity, and suggest a challenge if a good result is on record. A claimed score does not count.

        The cohort has heard of a result on record when it was stored; of a practice without one it hears now.
        """
        skill, user_id = self._skill_in(payload), self.context.viewer.id
        await self.context.show_activity(None)
        result = await self.context.run_in_db(lambda: _latest_result(user_id, skill))
        if result is None:
            await self._report(skill, is_completed=True)
        if result is None or result.score != payload.get("score"):
            logger.info("user %s claimed a score in %s that is not on record", user_id, skill)
        if result is not None and result.score >= MIN_SHARED_SCORE and self.context.viewer.wants_prompts:
            self.context.push("viral_suggestion", fragments.suggestion_for(result, skill))
        return {"acknowledged": True}

    def _skill_in(self, payload: Payload) -> str:
        skill = payload.get("skill")
        if not isinstance(skill, str) or skill not in self.facts.skills:
            raise RequestRefused("unknown_skill")
        return skill

    async def _cohort_activity(self) -> list[dict[str, Any]]:
        catalogue, viewer = self.context.cache(SubjectCache), self.context.viewer
        found = [
            await catalogue.cohort_activity(cohort, self.facts.slug, hidden=viewer.hidden) for cohort in viewer.cohorts
        ]
        return [activity for activities in found for activity in activities]

    @classmethod
    async def presence_changed(cls, presence: TopicPresence) -> None:
        facts = await presence.reads.cache(SubjectCache).subject(presence.topic.partition(":")[2])
        if facts is not None:
            presence.broadcast("subject_stats", lambda counts: stats_of(counts, facts))
            if presence.has_pages:
                presence.redraw_counts(lambda counts: fragments.subject_live(facts, counts))


def stats_of(counts: Headcounts, facts: SubjectFacts) -> Payload:
    """Counts for programs, null for one or two learners, and labels for people."""
    return {
        "peers_online": counts.people.number,
        "active_practicing": counts.active.number,
        "peers_label": counts.people.label,
        "active_label": counts.active.label,
        "popular_skills": facts.popular,
    }


def _latest_result(user_id: int, skill: str) -> Result | None:
    recent = Result.objects.of(user_id).since(now() - CLAIM_FOR).filter(skill__slug=skill)
    return recent.select_related("skill").order_by("-finished_at").first()


def _friend(meta: Payload) -> Payload:
    return {"name": meta["name"], "current_activity": meta["current_activity"]}
