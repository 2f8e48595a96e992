"""The stream: what others may see of what a learner did."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.db import transaction

from feeds.events import ActivitiesHidden, ActivityChanged, ActivityFeedShareClicked, ActivityPosted
from feeds.models import Activity, Reaction
from viral_engine.accounts.models import CohortMembership, Consent, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.services import announce, announce_unlogged
from viral_engine.learning.events import DiagnosticCompleted, PracticeCompleted, PracticeTestCompleted
from viral_engine.learning.models import Result, Skill
from viral_engine.safety.services import ActionRefused, check_action


class Victory(Protocol):
    """A challenge that was won, of whatever loop."""

    @property
    def actor_id(self) -> int | None: ...
    @property
    def challenge_id(self) -> int: ...
    @property
    def skill(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ActivityVisibility:
    """Who may see what a person does from now on."""

    cohort_id: int | None
    is_for_friends: bool

    @property
    def is_empty(self) -> bool:
        return self.cohort_id is None and not self.is_for_friends


def activity_visibility(user: User, *, today: date) -> ActivityVisibility:
    """Cohort and friends; a child's parent decides whether there is any, and friends outside never see a child.

    Cost  1 query; 1 more for a child.
    """
    is_child = needs_consent(user.age_on(today))
    is_told = user.feed_visible and user.is_active and user.blocked_at is None and user.role == Role.STUDENT
    if not is_told or (is_child and Consent.Kind.COPPA not in Consent.objects.kinds_for(user.pk)):
        return ActivityVisibility(None, is_for_friends=False)
    membership = CohortMembership.objects.filter(user=user, is_primary=True).first()
    return ActivityVisibility(None if membership is None else membership.cohort_id, is_for_friends=not is_child)


def record_practice(event: PracticeCompleted, at: datetime) -> None:
    """A finished round is in the stream, without its score. A durable listener: it runs once."""
    result = Result.objects.select_related("attempt__user", "skill").get(attempt_id=event.attempt_id)
    post_activity(
        result.attempt.user, Activity.Kind.PRACTICED, result.skill_id, source=f"attempt:{event.attempt_id}", at=at
    )


def record_assessment(event: PracticeTestCompleted | DiagnosticCompleted, at: datetime) -> None:
    """A test or a diagnostic is in the stream, without its score. A durable listener: it runs once."""
    result = Result.objects.select_related("attempt__user").get(attempt_id=event.attempt_id)
    kind = Activity.Kind(event.type)
    source = f"attempt:{event.attempt_id}"
    post_activity(result.attempt.user, kind, None, subject_id=result.subject_id, source=source, at=at)


def record_win(event: Victory, at: datetime) -> None:
    """A challenge won is in the stream."""
    winner = User.objects.filter(pk=event.actor_id or 0).first()
    skill = Skill.objects.get(slug=event.skill)
    post_activity(winner, Activity.Kind.WON, skill.pk, source=f"challenge:{event.challenge_id}:{event.actor_id}", at=at)


@transaction.atomic
def share_progress(*, user: User, result: Result, at: datetime) -> Activity | None:
    """The learner tells of one result of a skill; its score is told if the law lets them, once per result.

    Returns   None when nobody would see it: the learner chose not to be seen.
    Raises    ActionRefused.
    Announces ActivityFeedShareClicked, once per result.
    """
    may_tell_score = _may_tell_score(user, at)
    activity = post_activity(
        user,
        Activity.Kind.SHARED,
        result.skill_id,
        score=result.score if may_tell_score else None,
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


def _may_tell_score(user: User, at: datetime) -> bool:
    """A minor's score is a school record: without a parent's word the round is told and the score is not."""
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
    if user is None:  # a guest's rounds are nobody's yet
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
    """The sign is set if it was not, and taken back if it was; returns whether it stands now.

    Two presses at once meet the unique (activity, user, kind) and end as one.

    Announces ActivityChanged.
    """
    reaction, is_new = Reaction.objects.get_or_create(activity=activity, user=user, kind=kind, defaults={"at": at})
    if not is_new:
        reaction.delete()
    announce_unlogged(ActivityChanged(actor_id=user.pk, activity_id=activity.pk), at=at)
    return is_new


@transaction.atomic
def hide_activities(*, user_id: int, at: datetime) -> None:
    """Nothing the person did is in anybody's stream any more.

    Announces ActivitiesHidden when something was.
    """
    shown = Activity.objects.filter(actor=user_id, is_shown=True)
    cohorts = set(shown.values_list("cohort", flat=True))
    if shown.update(is_shown=False):
        hidden = ActivitiesHidden(actor_id=user_id, cohort_ids=tuple(sorted(filter(None, cohorts))))
        announce_unlogged(hidden, at=at)
