"""Reads of the feed and cohort pages, each with its number of queries."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from feeds import rules
from feeds.models import Activity, CohortChallenge, CoPractice, Message
from viral_engine.accounts.models import Cohort, User, load_disclosures
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Result

MESSAGES_SHOWN = 50
MAX_FACTS = 1000
COHORT_STREAM = 20
NO_FACTS: dict[int, dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class ActivityGroup:
    """One activity, or the practices of one person on a page, newest first."""

    newest: Activity
    rest: list[Activity]

    @property
    def number(self) -> int:
        return 1 + len(self.rest)

    @property
    def skills(self) -> list[str]:
        """Names of the skills of `rest`, each once, newest first."""
        return list(dict.fromkeys(one.skill.name for one in self.rest if one.skill is not None))


def by_person(activities: Iterable[Activity]) -> list[ActivityGroup]:
    """One group for each person who practiced, and one for each other activity, newest first. No query."""
    practiced: dict[int, ActivityGroup] = {}
    groups: list[ActivityGroup] = []
    for activity in activities:
        group = practiced.get(activity.actor_id) if activity.kind == Activity.Kind.PRACTICED else None
        if group is not None:
            group.rest.append(activity)
            continue
        groups.append(ActivityGroup(activity, []))
        if activity.kind == Activity.Kind.PRACTICED:
            practiced[activity.actor_id] = groups[-1]
    return groups


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """One page of activities, newest first. The next page starts before the activity `older_than`; 0 without one."""

    activities: list[Activity]
    older_than: int

    @property
    def groups(self) -> list[ActivityGroup]:
        return by_person(self.activities)


@dataclass(frozen=True, slots=True)
class RecommendedRoom:
    """The room of a subject that the viewer's friends and cohort practiced recently."""

    slug: str
    name: str
    people: int  # in cohort and friends
    friends: int

    @property
    def reason(self) -> str:
        people = "One person you know" if self.people == 1 else f"{self.people} people you know"
        friends = f", {self.friends} of them friends" if self.friends and self.people > 1 else ""
        return f"{people}{friends} practiced there in the last hours."


def recommended_rooms(viewer: ViewerProfile, *, at: datetime, most: int = 3) -> list[RecommendedRoom]:
    """Rooms that the Social Presence agent recommends: where friends and cohort practiced, most friends first.

    Uses only activities the viewer may see. Cost  1 query for any number of friends.
    """
    seen = Activity.objects.visible_to(viewer).since(at - rules.RECOMMENDATION_WINDOW).exclude(actor=viewer.id)
    placed = seen.order_by().annotate(
        slug=Coalesce("skill__subject__slug", "subject__slug"), name=Coalesce("skill__subject__name", "subject__name")
    )
    of_friends = Count("actor", filter=Q(actor__in=viewer.friends), distinct=True)
    placed = placed.exclude(slug=None)  # a badge may belong to no subject
    rows = placed.values("slug", "name").annotate(people=Count("actor", distinct=True), friends=of_friends)
    return [RecommendedRoom(**row) for row in rows.order_by("-friends", "-people", "slug")[:most]]


def named_activities(found: Iterable[Activity]) -> list[Activity]:
    """The activities with the names that others read. Cost  theirs, 1 more with children who have a first name."""
    activities = list(found)
    load_disclosures(activity.actor for activity in activities)
    return activities


def activity(activity_id: int) -> Activity:
    """One activity to draw. Cost  1 query, 1 more of a child."""
    return named_activities([Activity.objects.drawn().get(pk=activity_id)])[0]


def stream_for(viewer: ViewerProfile, *, at: datetime, before: int = 0) -> ActivityPage:
    """The activities of the last 24 hours, or those before one of them, 50 at a time; 1 query."""
    seen = Activity.objects.visible_to(viewer)
    wanted = seen.before(before) if before else seen.since(at - rules.STREAM_WINDOW)
    found = named_activities(wanted.drawn()[: rules.STREAM_PAGE + 1])
    page = found[: rules.STREAM_PAGE]
    has_more = len(found) > rules.STREAM_PAGE or (not before and len(page) > 0)
    return ActivityPage(page, page[-1].pk if has_more else 0)


def cohort_stream(cohort_id: int, viewer: ViewerProfile) -> list[Activity]:
    """The newest activities of one cohort; 1 query."""
    return named_activities(Activity.objects.in_cohort(cohort_id, viewer).drawn()[:COHORT_STREAM])


def result_to_share(user_id: int, *, at: datetime) -> Result | None:
    """The latest result of the last 24 hours if it was not shared yet; 2 queries."""
    recent = Result.objects.of(user_id).of_skills().since(at - rules.STREAM_WINDOW).select_related("skill")
    latest = recent.order_by("-finished_at").first()
    if latest is None or Activity.objects.filter(source=f"share:{latest.pk}").exists():
        return None
    return latest


def messages_for(cohort_id: int, *, without: frozenset[int]) -> list[Message]:
    """The newest messages of a cohort; 1 query, 1 more with children who have a first name."""
    return _named_messages(Message.objects.shown_in(cohort_id, without=without).newest(MESSAGES_SHOWN))


def newest_message_id() -> int:
    """1 query, along the primary key."""
    return Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def message_ids_after(message_id: int) -> list[int]:
    """Shown messages of all cohorts after an id, a thousand at most; 1 query, along the primary key."""
    found = Message.objects.filter(pk__gt=message_id, hidden_at=None).order_by("pk")
    return list(found.values_list("pk", flat=True)[:MAX_FACTS])


def cohort_topics_of(message_ids: Collection[int]) -> set[str]:
    """The topics of the messages' cohorts; 1 query."""
    cohorts = Message.objects.filter(pk__in=message_ids).order_by().values_list("cohort_id", flat=True).distinct()
    return {f"cohort:{cohort}" for cohort in cohorts}


def newest_activity_id() -> int:
    """1 query, along the primary key."""
    return Activity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def activity_ids_after(activity_id: int) -> list[int]:
    """Shown activities after an id, a thousand at most; 1 query, along the primary key."""
    found = Activity.objects.filter(pk__gt=activity_id, is_shown=True).order_by("pk")
    return list(found.values_list("pk", flat=True)[:MAX_FACTS])


def messages_after(cohort_id: int, number: int, *, without: frozenset[int]) -> list[Message]:
    """Messages after a number, oldest first; 1 query, 1 more with children who have a first name."""
    return _named_messages(Message.objects.shown_in(cohort_id, without=without).after(number)[:MESSAGES_SHOWN])


def _named_messages(found: Iterable[Message]) -> list[Message]:
    messages = list(found)
    load_disclosures(message.author for message in messages)
    return messages


@dataclass(frozen=True, slots=True)
class ChallengeStandings:
    """A running challenge with the members who played it, best first."""

    challenge: CohortChallenge
    rows: list[dict[str, Any]]


def challenges_of(cohort_id: int, *, at: datetime, without: frozenset[int] = frozenset()) -> list[ChallengeStandings]:
    """Running challenges, newest first; 1 query, and 1 per challenge."""
    running = CohortChallenge.objects.filter(cohort=cohort_id).running(at).select_related("skill", "creator")
    return [
        ChallengeStandings(challenge, [row for row in challenge.standings() if row["user_id"] not in without])
        for challenge in running.order_by("-pk")
    ]


@dataclass(frozen=True, slots=True)
class CohortChallengeEnding:
    """A member's place in a cohort challenge, right after they played it."""

    challenge: CohortChallenge
    rank: int | None  # None for people who are not shown
    players: int


def cohort_challenge_ending(attempt: Attempt) -> CohortChallengeEnding | None:
    """The place of a finished attempt at a cohort challenge; None for others.

    Cost  none without a deck; at most 3 queries.
    """
    if attempt.deck_id is None or attempt.user_id is None:
        return None
    challenge = CohortChallenge.objects.filter(deck=attempt.deck_id).select_related("cohort").first()
    if challenge is None:
        return None
    players = [row["user_id"] for row in challenge.standings()]
    rank = players.index(attempt.user_id) + 1 if attempt.user_id in players else None
    return CohortChallengeEnding(challenge, rank, len(players))


def cohorts_by_id(ids: Collection[int], *, with_challenges: bool = True) -> dict[int, dict[str, Any]]:
    """The facts of active cohorts by id, without challenges if their table is away; 1 query.

    Shape  {3: {"id": 3, "name": "Comets", "grade_level": 8, "total_members": 12, "active_challenges": 1}}
    """
    found = Cohort.objects.with_size().filter(pk__in=ids, is_active=True)
    counted = Coalesce(Subquery(CohortChallenge.objects.running(now()).number_in(OuterRef("pk"))), 0)
    running = counted if with_challenges else Value(0)
    columns = {"grade_level": F("grade"), "total_members": F("size"), "active_challenges": running}
    return {row["id"]: dict(row) for row in found.values("id", "name", **columns)}


MAX_BUDDIES = 50


def study_buddies(viewer: ViewerProfile) -> list[User]:
    """Friends to practice with, those who were active last first. Cost  2 queries; none without a friend."""
    if not viewer.friends:
        return []
    friends = User.objects.filter(pk__in=viewer.friends, is_active=True, blocked_at=None)
    found = list(friends.order_by("-last_login", "pk")[:MAX_BUDDIES])
    load_disclosures(found)
    return found


@dataclass(frozen=True, slots=True)
class CoPracticeParticipant:
    name: str
    avatar: str
    answered: int
    right: int
    total: int
    is_finished: bool


def participants_of(co_practice: CoPractice) -> list[CoPracticeParticipant]:
    """Host and friend with their progress; 1 query."""
    attempts = Attempt.objects.filter(deck=co_practice.deck_id, user__in=[co_practice.host_id, co_practice.friend_id])
    found = {attempt.user_id: attempt for attempt in attempts.counted()}
    people = (co_practice.host, co_practice.friend)
    load_disclosures(people)
    return [participant(user.display_name, user.avatar, found.get(user.pk)) for user in people]


def participant(name: str, avatar: str, attempt: Any, *, total: int = 5) -> CoPracticeParticipant:
    """The progress in a counted attempt, or before the start when it is None; no query."""
    if attempt is None:
        return CoPracticeParticipant(name, avatar, 0, 0, total, is_finished=False)
    return CoPracticeParticipant(
        name,
        avatar,
        attempt.answered,
        attempt.right,
        attempt.total,
        is_finished=attempt.finished_at is not None,
    )
