"""What one page reads, with its number of queries stated."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from feeds import rules
from feeds.models import Activity, CohortChallenge, CoPractice, Message
from viral_engine.accounts.models import Cohort, User
from viral_engine.accounts.viewer_profiles import ViewerProfile, viewer_profiles_of
from viral_engine.learning.models import Attempt, Result

MESSAGES_SHOWN = 50
COHORT_STREAM = 20


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """One page of activities, newest first; `older_than` is where the next page begins, 0 where none does."""

    activities: list[Activity]
    older_than: int


@dataclass(frozen=True, slots=True)
class RecommendedRoom:
    """A subject whose room people of the viewer's circle were in lately."""

    slug: str
    name: str
    people: int  # of cohort and friends
    friends: int

    @property
    def reason(self) -> str:
        people = "Somebody you know" if self.people == 1 else f"{self.people} people you know"
        friends = f", {self.friends} of them friends" if self.friends and self.people > 1 else ""
        return f"{people}{friends} practiced there in the last hours."


def recommended_rooms(viewer: ViewerProfile, *, at: datetime, most: int = 3) -> list[RecommendedRoom]:
    """Rooms the Social Presence agent recommends: where the viewer's own circle is, most friends first.

    Only of what the viewer may see anyhow. Cost  1 query, whatever the size of the circle.
    """
    seen = Activity.objects.visible_to(viewer).since(at - rules.RECOMMENDATION_WINDOW).exclude(actor=viewer.id)
    placed = seen.order_by().annotate(
        slug=Coalesce("skill__subject__slug", "subject__slug"), name=Coalesce("skill__subject__name", "subject__name")
    )
    of_friends = Count("actor", filter=Q(actor__in=viewer.friends), distinct=True)
    rows = placed.values("slug", "name").annotate(people=Count("actor", distinct=True), friends=of_friends)
    return [RecommendedRoom(**row) for row in rows.order_by("-friends", "-people", "slug")[:most]]


def viewer_of(user: User) -> ViewerProfile:
    """4 queries; 1 more for a child under 13."""
    return viewer_profiles_of([user.pk], today=timezone.localdate())[user.pk]


def stream_for(viewer: ViewerProfile, *, at: datetime, before: int = 0) -> ActivityPage:
    """The last 24 hours of cohort and friends, 50 at a time, and what is older once somebody scrolls on; 1 query."""
    seen = Activity.objects.visible_to(viewer)
    wanted = seen.before(before) if before else seen.since(at - rules.STREAM_WINDOW)
    found = list(wanted.drawn()[: rules.STREAM_PAGE + 1])
    page = found[: rules.STREAM_PAGE]
    has_more = len(found) > rules.STREAM_PAGE or (not before and len(page) > 0)
    return ActivityPage(page, page[-1].pk if has_more else 0)


def cohort_stream(cohort_id: int, viewer: ViewerProfile) -> list[Activity]:
    """The newest of one cohort; 1 query."""
    return list(Activity.objects.in_cohort(cohort_id, viewer).drawn()[:COHORT_STREAM])


def last_subject_slug(user_id: int) -> str:
    """What the learner practiced last, as a slug; empty before their first round. 1 query."""
    last = Attempt.objects.filter(user=user_id).order_by("-started_at")
    return last.values_list("subject__slug", flat=True).first() or ""


def result_to_share(user_id: int, *, at: datetime) -> Result | None:
    """The latest result of a skill of the day that was not shared yet; 1 query."""
    recent = Result.objects.of(user_id).of_skills().since(at - rules.STREAM_WINDOW).select_related("skill")
    latest = recent.order_by("-finished_at").first()
    if latest is None or Activity.objects.filter(source=f"share:{latest.pk}").exists():
        return None
    return latest


def messages_for(cohort_id: int, *, without: frozenset[int]) -> list[Message]:
    """1 query."""
    return Message.objects.shown_in(cohort_id, without=without).newest(MESSAGES_SHOWN)


def messages_after(cohort_id: int, number: int, *, without: frozenset[int]) -> list[Message]:
    """1 query."""
    return list(Message.objects.shown_in(cohort_id, without=without).after(number)[:MESSAGES_SHOWN])


@dataclass(frozen=True, slots=True)
class ChallengeStandings:
    """One running challenge with who played it, best first."""

    challenge: CohortChallenge
    rows: list[dict[str, Any]]


def challenges_of(cohort_id: int, *, at: datetime, without: frozenset[int] = frozenset()) -> list[ChallengeStandings]:
    """Running challenges, newest first; 1 query, and 1 for each that runs."""
    running = CohortChallenge.objects.filter(cohort=cohort_id).running(at).select_related("skill", "creator")
    return [
        ChallengeStandings(challenge, [row for row in challenge.standings() if row["user_id"] not in without])
        for challenge in running.order_by("-pk")
    ]


def cohorts_by_id(ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """1 query; a cohort that staff closed is not there.

    Shape  {3: {"id": 3, "name": "Comets", "grade_level": 8, "total_members": 12}}
    """
    found = Cohort.objects.with_size().filter(pk__in=ids, is_active=True)
    columns = {"grade_level": F("grade"), "total_members": F("size")}
    return {row["id"]: dict(row) for row in found.values("id", "name", **columns)}


@dataclass(frozen=True, slots=True)
class CoPracticeParticipant:
    name: str
    avatar: str
    answered: int
    right: int
    total: int
    is_finished: bool


def participants_of(together: CoPractice) -> list[CoPracticeParticipant]:
    """Host and friend, with how far each is; 1 query."""
    attempts = Attempt.objects.filter(deck=together.deck_id, user__in=[together.host_id, together.friend_id])
    found = {attempt.user_id: attempt for attempt in attempts.counted()}
    return [
        participant(user.display_name, user.avatar, found.get(user.pk)) for user in (together.host, together.friend)
    ]


def participant(name: str, avatar: str, attempt: Any, *, total: int = 5) -> CoPracticeParticipant:
    """How far somebody is, of a counted attempt, or of None before they began; no query."""
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
