"""Post activities to the stream, with the visibility each learner has."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from feeds.events import ActivitiesHidden, ActivitiesPosted, ActivityChanged, ActivityFeedShareClicked
from feeds.models import Activity, Reaction
from viral_engine.accounts.models import CohortMembership, Consent, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.accounts.services.consent import consent_state_of
from viral_engine.accounts.services.hiding import keep_all_hidden
from viral_engine.accounts.services.locks import lock_person
from viral_engine.kernel import clock
from viral_engine.kernel.services import announce, announce_unlogged, record_decisions
from viral_engine.learning.events import AchievementEarned, AttemptCompleted, ChallengeWon
from viral_engine.learning.models import Achievement, Attempt, Result, Skill
from viral_engine.safety.services import SafetyDecision, evaluate_action, perform

SHARE = "share_progress"

PRACTICED_KINDS = {Attempt.Kind.PRACTICE, Attempt.Kind.CHALLENGE}


@dataclass(frozen=True, slots=True)
class ActivityVisibility:
    """The people who may see a person's new activities."""

    cohort_id: int | None
    is_for_friends: bool

    @property
    def is_empty(self) -> bool:
        return self.cohort_id is None and not self.is_for_friends


def activity_visibility(user: User, *, today: date) -> ActivityVisibility:
    """The visibility of a person's activities: cohort and friends.

    A child needs a parent's consent and is visible only inside the cohort. Cost  1 query; 1 more for a child.
    """
    return activity_visibilities([user], today=today)[user.pk]


def activity_visibilities(
    users: Collection[User], *, today: date, is_kept: bool = False
) -> dict[int, ActivityVisibility]:
    """The visibility of many people's activities by user id. Cost  1 query; 1 more with children among them.

    With `is_kept` a withdrawal of consent waits until the transaction ends.
    """
    children = {user.pk for user in users if needs_consent(user.age_on(today))}
    consents = Consent.objects.all()
    agreed = consents.lock_coppa_consent(children) if is_kept else consents.with_coppa_consent(children)
    memberships = CohortMembership.objects.filter(user__in=users, is_primary=True)
    cohorts = dict(memberships.values_list("user_id", "cohort_id"))
    found = {}
    for user in users:
        is_child = user.pk in children
        is_shared = user.feed_visible and user.is_active and user.blocked_at is None and user.role == Role.STUDENT
        if is_shared and (not is_child or user.pk in agreed):
            found[user.pk] = ActivityVisibility(cohorts.get(user.pk), is_for_friends=not is_child)
        else:
            found[user.pk] = ActivityVisibility(None, is_for_friends=False)
    return found


def record_attempts(events: Sequence[tuple[AttemptCompleted, datetime]]) -> None:
    """Post finished attempts to the stream, without their scores. A durable listener of many events.

    Cost  5 statements, however many events; 1 more with children among them.
    """
    instants = {event.attempt_id: at for event, at in events}
    found = Result.objects.filter(attempt_id__in=instants).select_related("attempt__user").order_by("finished_at")
    results = [result for result in found if result.attempt.user is not None]
    users = {result.attempt.user.pk: result.attempt.user for result in results if result.attempt.user}
    visible = activity_visibilities(users.values(), today=clock.today(max(instants.values())), is_kept=True)
    posted = Activity.objects.filter(source__in=[f"attempt:{attempt_id}" for attempt_id in instants])
    known = set(posted.values_list("source", flat=True))
    fresh = [
        _of_attempt(result, visible[result.attempt.user_id], instants[str(result.pk)])
        for result in results
        if result.attempt.user_id and f"attempt:{result.pk}" not in known
    ]
    _post([activity for activity in fresh if activity is not None], at=events[-1][1])


def _of_attempt(result: Result, visibility: ActivityVisibility, at: datetime) -> Activity | None:
    if visibility.is_empty:
        return None
    is_of_a_skill = result.attempt.kind in PRACTICED_KINDS
    return Activity(
        actor=result.attempt.user,
        kind=Activity.Kind.PRACTICED if is_of_a_skill else Activity.Kind(f"{result.attempt.kind}_completed"),
        skill_id=result.skill_id if is_of_a_skill else None,
        subject_id=None if is_of_a_skill else result.subject_id,
        cohort_id=visibility.cohort_id,
        is_for_friends=visibility.is_for_friends,
        source=f"attempt:{result.pk}",
        at=at,
    )


def _post(activities: Sequence[Activity], *, at: datetime) -> None:
    if activities:
        made = Activity.objects.bulk_create(activities)
        announce_unlogged(ActivitiesPosted(activity_ids=tuple(activity.pk for activity in made)), at=at)


def record_win(event: ChallengeWon, at: datetime) -> None:
    """Post a won challenge to the stream. A durable listener."""
    winner = User.objects.filter(pk=event.actor_id or 0).first()
    skill = Skill.objects.get(slug=event.skill)
    post_activity(winner, Activity.Kind.WON, skill.pk, source=f"challenge:{event.challenge_id}:{event.actor_id}", at=at)


def record_achievement(event: AchievementEarned, at: datetime) -> None:
    """Post an earned badge to the stream. A durable listener: it runs once. Cost  2 queries and the post."""
    mine = Achievement.objects.filter(user=event.user_id, kind=event.kind).select_related("user")
    badge = mine.get(skill__slug=event.skill) if event.skill else mine.get(skill=None)
    source = f"achievement:{badge.pk}"
    post_activity(badge.user, Activity.Kind.EARNED, badge.skill_id, achievement=badge, source=source, at=at)


def share_progress(*, user: User, result: Result, at: datetime) -> Activity | None:
    """Post a result the learner shares, once per result; with its score if the law allows it.

    Returns   None when the learner's activities are hidden.
    Raises    ActionRefused.
    Announces ActivityFeedShareClicked, once per result.
    """
    score: int | None = result.score
    shared = Activity.objects.filter(source=f"share:{result.pk}")

    def check() -> SafetyDecision:
        """A minor's score is a school record: without a parent's consent the result is shared without it."""
        nonlocal score
        with_score = evaluate_action(user=user, action=SHARE, at=at, context={"educational_record": True})
        if with_score.reason != "ferpa_violation":
            return with_score
        record_decisions(with_score.decision)
        score = None
        return evaluate_action(user=user, action=SHARE, at=at)

    return perform(
        user=user, action=SHARE, at=at, find=shared.first, act=lambda: _share(user, result, score, at), check=check
    )


def _share(user: User, result: Result, score: int | None, at: datetime) -> Activity | None:
    activity = post_activity(
        user, Activity.Kind.SHARED, result.skill_id, score=score, source=f"share:{result.pk}", at=at
    )
    if activity is not None:
        skill = result.skill.slug if result.skill else ""
        shared = ActivityFeedShareClicked(
            actor_id=user.pk, activity_id=activity.pk, attempt_id=str(result.pk), skill=skill, score=result.score
        )
        announce(shared, at=at, key=f"feed_share:{result.pk}")
    return activity


@transaction.atomic
def post_activity(
    user: User | None, kind: str, skill_id: int | None, *, source: str, at: datetime, **fields: Any
) -> Activity | None:
    if user is None:  # a guest's attempts have no owner yet
        return None
    user = lock_person(user)
    audience = activity_visibility(user, today=clock.today(at))
    if audience.is_empty:
        return None
    activity, is_new = Activity.objects.get_or_create(
        source=source,
        defaults={
            "actor": user,
            "kind": kind,
            "skill_id": skill_id,
            "cohort_id": audience.cohort_id,
            "is_for_friends": audience.is_for_friends,
            "at": at,
        }
        | fields,
    )
    if is_new:
        announce_unlogged(ActivitiesPosted(activity_ids=(activity.pk,)), at=at)
    return activity


@transaction.atomic
def react(*, user: User, activity: Activity, kind: str, at: datetime) -> bool:
    """Add a reaction, or remove it if it exists; returns whether it exists now.

    Of two clicks at once, the unique (activity, user, kind) keeps one. An account that may not be seen by others adds
    none.

    Announces ActivityChanged.
    """
    user = lock_person(user)
    if user.blocked_at is not None or not user.is_active or consent_state_of(user, at).practices_alone:
        return False
    reaction, is_new = Reaction.objects.get_or_create(activity=activity, user=user, kind=kind, defaults={"at": at})
    if not is_new:
        reaction.delete()
    announce_unlogged(ActivityChanged(actor_id=user.pk, activity_id=activity.pk), at=at)
    return is_new


@transaction.atomic
def hide_activities(*, user_id: int, at: datetime) -> None:
    """Hide all of a person's activities.

    Announces ActivitiesHidden if any were visible.
    """
    keep_all_hidden(user_id=user_id, label=Activity._meta.label)  # for good, also those that a consent hid
    shown = Activity.objects.filter(actor=user_id, is_shown=True)
    cohorts = set(shown.values_list("cohort", flat=True))
    if shown.update(is_shown=False):
        hidden = ActivitiesHidden(actor_id=user_id, cohort_ids=tuple(sorted(filter(None, cohorts))))
        announce_unlogged(hidden, at=at)
