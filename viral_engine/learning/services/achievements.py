"""Award badges for attempts and won challenges."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F

from viral_engine.kernel.clock import today
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.services import announce
from viral_engine.learning.events import (
    AchievementEarned,
    AttemptCompleted,
    ChallengeWon,
    PracticeCompleted,
)
from viral_engine.learning.models import Achievement, Progress, Result, Skill
from viral_engine.learning.rules.badges import MASTERY_SCORE, XP_BADGE, is_mastered, streak_badges, win_badges


def award_for_attempts(events: Sequence[tuple[AttemptCompleted, datetime]]) -> None:
    """Award the badges that members' streaks and practiced skills have earned. A durable listener of many events.

    Cost  2 queries, 2 more when a skill may be mastered, and 3 statements per new badge.
    """
    users = {event.user_id for event, _ in events}
    progress = {row.user_id: row for row in Progress.objects.filter(user__in=users)}
    mine = Achievement.objects.filter(user__in=users)
    rows = mine.values_list("user_id", "kind", "skill__slug")
    owned = {(user_id, kind, slug or "") for user_id, kind, slug in rows}
    for event, at in events:
        days = progress[event.user_id].streak_on(today(at)) if event.user_id in progress else 0
        for kind in streak_badges(days):
            if (event.user_id, kind, "") not in owned:
                award_badge(user_id=event.user_id, kind=kind, skill=None, at=at)
    well_done = [
        (event, at)
        for event, at in events
        if isinstance(event, PracticeCompleted)
        and event.score >= MASTERY_SCORE
        and (event.user_id, Achievement.Kind.SKILL_MASTERY.value, event.skill) not in owned
    ]
    _award_mastery(well_done)


def _award_mastery(events: Sequence[tuple[PracticeCompleted, datetime]]) -> None:
    """Award the mastery of skills that learners have now practiced well often enough."""
    if not events:
        return
    well = Result.objects.filter(
        attempt__user__in={event.user_id for event, _ in events},
        skill__slug__in={event.skill for event, _ in events},
        score__gte=MASTERY_SCORE,
    )
    rows = well.order_by().values_list("attempt__user_id", "skill__slug").annotate(Count("pk"))
    times = {(user_id, slug): count for user_id, slug, count in rows}
    firsts = {(event.user_id, event.skill): at for event, at in reversed(events)}
    mastered = {pair: at for pair, at in firsts.items() if is_mastered(times.get(pair, 0))}
    skills = Skill.objects.in_bulk({slug for _, slug in mastered}, field_name="slug")
    for (user_id, slug), at in mastered.items():
        if slug in skills:  # else it was deleted before the relay came to it
            award_badge(user_id=user_id, kind=Achievement.Kind.SKILL_MASTERY, skill=skills[slug], at=at)


def award_for_win(event: ChallengeWon, at: datetime) -> None:
    """Award the badges that a member's won challenges have earned. A durable listener."""
    won = LoggedEvent.objects.filter(type=ChallengeWon.type, actor_id=event.user_id, is_invalid=False).count()
    for kind in win_badges(won):
        award_badge(user_id=event.user_id, kind=kind, skill=None, at=at)


@transaction.atomic
def award_badge(*, user_id: int, kind: str, skill: Skill | None, at: datetime) -> bool:
    """Award a badge and its 100 XP once; False when the person already has it.

    Boards do not count badge XP: they compare attempts.

    Announces AchievementEarned, once per badge.
    """
    badge, is_new = Achievement.objects.get_or_create(
        user_id=user_id, kind=kind, skill=skill, defaults={"earned_at": at}
    )
    if is_new:
        Progress.objects.get_or_create(user_id=user_id)
        Progress.objects.filter(user=user_id).update(xp=F("xp") + XP_BADGE)
        slug = skill.slug if skill else ""
        earned = AchievementEarned(actor_id=user_id, kind=kind, title=badge.title, skill=slug)
        announce(earned, at=at, key=f"achievement:{user_id}:{kind}:{slug}")
    return is_new
