"""Rooms and live pages: cohorts, personal feeds, and two friends practicing together."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID, uuid4

from feeds import fragments, queries
from feeds.models import CoPractice
from feeds.services import challenges, chat
from presence import fragments as presence_fragments
from presence.db import run_in_db_thread
from presence.fact_watch import FactSource, register_facts
from presence.live_pages.base import LivePage, register_page
from presence.rooms.base import Payload, RequestRefused, Room, handles, register
from presence.rooms.meta import describe_viewer
from presence.rooms.site import SiteRoom
from presence.rooms.subject import SubjectRoom
from presence.rules import SITE_TOPIC, Headcounts
from presence.subject_cache import SubjectCache
from presence.tracker.topic_presence import TopicPresence
from viral_engine.accounts.models import User, load_disclosures
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.safety.services import ActionRefused

ACTIVITIES_ON_JOIN = 20
BoardReader = Callable[[Collection[int]], dict[int, list[Payload]]]
_board_readers: list[BoardReader] = []


def register_board_reader(read: BoardReader) -> None:
    """Send what `read` finds by cohort id to members who join. Boards belong to an app that this one cannot import."""
    if read not in _board_readers:
        _board_readers.append(read)


register_facts(FactSource("message", queries.newest_message_id, queries.message_ids_after, queries.cohort_topics_of))
register_facts(
    FactSource("activity", queries.newest_activity_id, queries.activity_ids_after, fragments.topics_of_activities)
)


@register
class CohortRoom(Room):
    """The room of a cohort, for members only. Membership is in the viewer's profile, which is kept up to date."""

    pattern = r"cohort:(?P<id>[0-9]{1,18})"
    has_presence = True
    __slots__ = ("facts",)

    facts: dict[str, Any]

    @property
    def cohort_id(self) -> int:
        return int(self.names["id"])

    def refusal(self) -> str:
        return "" if self.cohort_id in self.context.viewer.cohorts else "not_in_cohort"

    async def join(self, params: Payload) -> Payload:  # noqa: ARG002  (nothing to ask for)
        facts = await self.context.load(queries.cohorts_by_id, self.cohort_id)
        if facts is None:
            raise RequestRefused("not_in_cohort")
        self.facts = facts
        return {}

    async def describe(self) -> Payload | None:
        """The person's presence entry; this is the only room that shows children, with a parent's consent."""
        return await describe_viewer(self.context)

    async def snapshot(self) -> Payload:
        """Everything a client needs after joining or reconnecting."""
        viewer = self.context.viewer
        found = await self.context.run_in_db(lambda: _snapshot(self.cohort_id, viewer))
        boards = await self._leaderboards()
        return found | {"cohort_info": self._info(len(found["challenges"])), "leaderboards": boards}

    def _info(self, challenges: int) -> Payload:
        presence, hidden = self.context.presence, self.context.viewer.hidden
        counted = self.facts | {"active_challenges": challenges}
        return cohort_info(counted, presence.roster.counts(without=hidden)) if presence is not None else counted

    async def _leaderboards(self) -> list[Payload]:
        """The cohort's boards without people hidden from the viewer, whose places stay empty."""
        found = [one for read in _board_readers for one in await self.context.load(read, self.cohort_id) or []]
        hidden = self.context.viewer.hidden
        return [
            board | {"top_users": [row for row in board["top_users"] if row["user_id"] not in hidden]}
            for board in found
        ]

    async def joined(self) -> None:
        found = await self.snapshot()
        self.context.push("cohort_info", found["cohort_info"] | {"challenges": found["challenges"]})
        self.context.push("activity_feed", {"activities": found["activities"]})
        self.context.push("messages", {"messages": found["messages"]})
        self.context.push("leaderboards", {"leaderboards": found["leaderboards"]})

    @handles("send_message")
    async def send_message(self, payload: Payload) -> Payload:
        """Shape  in {"text": "Hi", "key": "<uuid, optional>"}; out the message: {"message_id": 9, "text": "Hi", ...}"""
        text, key = payload.get("text"), _key(payload.get("key"))
        if not isinstance(text, str):
            raise RequestRefused("message_refused")
        author_id, cohort_id = self.context.viewer.id, self.cohort_id

        def post() -> Payload:
            author = User.objects.get(pk=author_id)
            posted = chat.post_message(author=author, cohort_id=cohort_id, text=text, key=key, at=now())
            load_disclosures([posted.author])
            return fragments.message_payload(posted)

        try:
            return await self.context.run_in_db(post)
        except chat.MessageRefused as refusal:
            raise RequestRefused(refusal.reason) from refusal

    @handles("messages_since")
    async def messages_since(self, payload: Payload) -> Payload:
        """Messages after a number, for a client that was offline; clients ask again while they get 50.

        Shape  in {"number": 17}; out {"messages": [{"number": 18, "text": "Hi", ...}]}
        """
        number, viewer, cohort_id = payload.get("number"), self.context.viewer, self.cohort_id
        if type(number) is not int or number < 0:
            raise RequestRefused("unknown_number")

        def read() -> list[Payload]:
            without = chat.hidden_author_ids(viewer)
            missed = queries.messages_after(cohort_id, number, without=without)
            return [fragments.message_payload(message) for message in missed]

        return {"messages": await self.context.run_in_db(read)}

    @handles("challenge_cohort")
    async def challenge_cohort(self, payload: Payload) -> Payload:
        """Shape  in {"skill": "algebra"}; out {"challenge_id": 4}"""
        slug, creator_id, cohort_id = payload.get("skill"), self.context.viewer.id, self.cohort_id

        def create() -> int:
            skill = Skill.objects.filter(slug=str(slug)).first()
            if skill is None:
                raise RequestRefused("unknown_skill")
            creator = User.objects.get(pk=creator_id)
            return challenges.challenge_cohort(creator=creator, cohort_id=cohort_id, skill=skill, at=now()).pk

        try:
            return {"challenge_id": await self.context.run_in_db(create)}
        except ActionRefused as refusal:
            raise RequestRefused(refusal.reason) from refusal
        except TooFewQuestions as lack:
            raise RequestRefused("too_few_questions") from lack
        except challenges.NotInCohort as stranger:
            raise RequestRefused("not_in_cohort") from stranger

    @classmethod
    async def presence_changed(cls, presence: TopicPresence) -> None:
        facts = await presence.reads.load(queries.cohorts_by_id, int(presence.topic.partition(":")[2]))
        if facts is not None:
            presence.broadcast("cohort_info", lambda counts: cohort_info(facts, counts))
            if presence.has_pages:
                presence.redraw_counts(lambda counts: fragments.cohort_live(facts, counts))


def cohort_info(facts: dict[str, Any], counts: Headcounts) -> Payload:
    """A cohort's facts with its members on the site, null for one or two."""
    return facts | {"members_online": counts.people.number, "members_label": counts.people.label}


def _snapshot(cohort_id: int, viewer: ViewerProfile) -> Payload:
    """4 queries, 1 more per running challenge."""
    at = now()
    without = chat.hidden_author_ids(viewer)
    activities = queries.cohort_stream(cohort_id, viewer)[:ACTIVITIES_ON_JOIN]
    return {
        "activities": [fragments.activity_payload(activity) for activity in activities],
        "messages": [fragments.message_payload(one) for one in queries.messages_for(cohort_id, without=without)],
        "challenges": [
            fragments.challenge_payload(one) for one in queries.challenges_of(cohort_id, at=at, without=viewer.hidden)
        ],
    }


def _key(value: object) -> UUID:
    try:
        return UUID(str(value)) if value is not None else uuid4()
    except ValueError as malformed:
        raise RequestRefused("message_refused") from malformed


@register
class ActivityFeedRoom(Room):
    """A person's own feed: activities of friends outside their cohorts, and nudges. Cohorts use their own rooms."""

    pattern = r"activity_feed:(?P<id>[0-9]{1,18})"
    is_guarded = False  # who publishes reads the friends of this moment

    def refusal(self) -> str:
        return "" if int(self.names["id"]) == self.context.viewer.id else "not_your_topic"

    async def snapshot(self) -> Payload:
        viewer = self.context.viewer
        found = await self.context.run_in_db(lambda: queries.stream_for(viewer, at=now()))
        return {"activities": [fragments.activity_payload(activity) for activity in found.activities]}

    async def joined(self) -> None:
        self.context.push("activity_feed", await self.snapshot())


# -- Live pages --------------------------------------------------------------------------------------------
@register_page
class FeedPage(LivePage):
    """`/feed/`: the viewer's own topic and cohorts, with presence lines of the site and their subject."""

    pattern = r"feed"
    room = CohortRoom

    def topics(self) -> list[str]:
        cohorts = [f"cohort:{cohort}" for cohort in sorted(self.viewer.cohorts)]
        subject = [f"subject:{self.viewer.current_subject}"] if self.viewer.current_subject else []
        return [f"activity_feed:{self.viewer.id}", SITE_TOPIC, *subject, *cohorts]

    async def draw(self) -> str:
        viewer = self.viewer
        found = await run_in_db_thread(lambda: queries.stream_for(viewer, at=now()))
        heads = [await _head(self, topic) for topic in self.opened_topics[1:]]
        return fragments.feed_heads(heads) + fragments.stream(found)


async def _head(page: LivePage, topic: str) -> str:
    """The presence line of a topic."""
    kind, _, name = topic.partition(":")
    if kind == "cohort":
        return await _cohort_head(page, topic)
    if kind == "subject":
        presence = await page.presence_on(topic, SubjectRoom)
        facts = await page.cache(SubjectCache).subject(name)
        counts = presence.roster.counts(without=page.unseen)
        return presence_fragments.subject_live(facts, counts) if facts is not None else ""
    return presence_fragments.site_live((await page.presence_on(topic, SiteRoom)).roster.counts(without=page.unseen))


@register_page
class CohortPage(LivePage):
    """`/cohorts/<id>/`: chat, stream, challenges and presence."""

    pattern = CohortRoom.pattern
    room = CohortRoom
    unread: frozenset[int] = frozenset()

    @property
    def hidden(self) -> frozenset[int]:
        return self.viewer.hidden | self.unread

    async def may_open(self) -> bool:
        self.unread = await run_in_db_thread(lambda: chat.hidden_author_ids(self.viewer))
        return int(self.names["id"]) in self.viewer.cohorts

    async def draw(self) -> str:
        cohort_id, viewer = int(self.names["id"]), self.viewer
        if cohort_id not in viewer.cohorts:
            return ""
        body = await run_in_db_thread(lambda: fragments.cohort_body(cohort_id, viewer, now()))
        return body + await _cohort_head(self, self.topic)


async def _cohort_head(page: LivePage, topic: str) -> str:
    presence = await page.presence_on(topic, CohortRoom)
    facts = await page.load(queries.cohorts_by_id, int(topic.partition(":")[2]))
    return fragments.cohort_live(facts, presence.roster.counts(without=page.unseen)) if facts is not None else ""


@register_page
class CoPracticePage(LivePage):
    """`/together/<id>/`: two friends on one deck."""

    pattern = r"together:(?P<id>[0-9]{1,18})"
    room = Room

    async def may_open(self) -> bool:
        return await run_in_db_thread(self._find) is not None

    def _find(self) -> CoPractice | None:
        """The pair's questions, while the two are friends."""
        found = CoPractice.objects.seen_by(self.viewer).filter(pk=int(self.names["id"]))
        return found.select_related("host", "friend", "deck__skill").first()

    async def draw(self) -> str:
        def drawn() -> str:
            co_practice = self._find()
            return fragments.co_practice_live(co_practice) if co_practice is not None else ""

        return await run_in_db_thread(drawn)
