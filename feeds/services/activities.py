"""Post activities to the stream, with the visibility each learner has."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from feeds.events import ActivitiesHidden, ActivityChanged, ActivityFeedShareClicked, ActivityPosted
from feeds.models import Activity, Reaction
from viral_engine.accounts.models import CohortMembership, Consent, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.services import announce, announce_unlogged
from viral_engine.learning.events import (
    AchievementEarned,
    ChallengeWon,
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeTestCompleted,
)
from viral_engine.learning.models import Achievement, Result, Skill
from viral_engine.safety.services import ActionRefused, check_action


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
    is_child = needs_consent(user.age_on(today))
    is_shared = user.feed_visible and user.is_active and user.blocked_at is None and user.role == Role.STUDENT
    if not is_shared or (is_child and Consent.Kind.COPPA not in Consent.objects.kinds_for(user.pk)):
        return ActivityVisibility(None, is_for_friends=False)
    membership = CohortMembership.objects.filter(user=user, is_primary=True).first()
    return ActivityVisibility(None if membership is None else membership.cohort_id, is_for_friends=not is_child)


def record_practice(event: PracticeCompleted, at: datetime) -> None:
    """Post a finished practice to the stream, without its score. A durable listener: it runs once."""
    result = Result.objects.select_related("attempt__user", "skill").get(attempt_id=event.attempt_id)
    post_activity(
        result.attempt.user, Activity.Kind.PRACTICED, result.skill_id, source=f"attempt:{event.attempt_id}", at=at
    )


def record_assessment(event: PracticeTestCompleted | DiagnosticCompleted, at: datetime) -> None:
    """Post a test or diagnostic to the stream, without its score. A durable listener: it runs once."""
    result = Result.objects.select_related("attempt__user").get(attempt_id=event.attempt_id)
    kind = Activity.Kind(event.type)
    source = f"attempt:{event.attempt_id}"
    post_activity(result.attempt.user, kind, None, subject_id=result.subject_id, source=source, at=at)


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


@transaction.atomic
def share_progress(*, user: User, result: Result, at: datetime) -> Activity | None:
    """Post a result the learner shares, once per result; with its score if the law allows it.

    Returns   None when the learner's activities are hidden.
    Raises    ActionRefused.
    Announces ActivityFeedShareClicked, once per result.
    """
    may_share_score = _may_share_score(user, at)
    activity = post_activity(
        user,
        Activity.Kind.SHARED,
        result.skill_id,
        score=result.score if may_share_score else None,
        source=f"share:{result.pk}",
        at=at,
    )
    if activity is not None:
        skill = result.skill.slug if result.skill else ""
        shared = ActivityFeedShareClicked(
            actor_id=user.pk, activity_id=activity.pk, attempt_id=str(result.pk), skill=skill, score=result.score
        )
        announce(shared, at=at, key=f"feed_share:{result.pk}")
    return activity


def _may_share_score(user: User, at: datetime) -> bool:
    """Whether the score may be shared. A minor's score is a school record and needs a parent's consent."""
    try:
        check_action(user=user, action="share_progress", at=at, context={"educational_record": True})
    except ActionRefused as refusal:
        if refusal.reason != "ferpa_violation":
            raise
        check_action(user=user, action="share_progress", at=at)
        return False
    return True


def post_activity(
    user: User | None, kind: str, skill_id: int | None, *, source: str, at: datetime, **fields: Any
) -> Activity | None:
    if user is None:  # a guest's attempts have no owner yet
        return None
    audience = activity_visibility(user, today=at.date())
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
        announce_unlogged(ActivityPosted(actor_id=user.pk, activity_id=activity.pk), at=at)
    return activity


@transaction.atomic
def react(*, user: User, activity: Activity, kind: str, at: datetime) -> bool:
    """Add a reaction, or remove it if it exists; returns whether it exists now.

    Of two clicks at once, the unique (activity, user, kind) keeps one.

    Announces ActivityChanged.
    """
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
    shown = Activity.objects.filter(actor=user_id, is_shown=True)
    cohorts = set(shown.values_list("cohort", flat=True))
    if shown.update(is_shown=False):
        hidden = ActivitiesHidden(actor_id=user_id, cohort_ids=tuple(sorted(filter(None, cohorts))))
        announce_unlogged(hidden, at=at)
