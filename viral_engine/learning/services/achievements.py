"""Award badges for attempts and won challenges."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from viral_engine.kernel.clock import today
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.services import announce
from viral_engine.learning import rules
from viral_engine.learning.events import (
    AchievementEarned,
    ChallengeWon,
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeTestCompleted,
)
from viral_engine.learning.models import Achievement, Progress, Result, Skill


def award_for_attempt(event: PracticeCompleted | PracticeTestCompleted | DiagnosticCompleted, at: datetime) -> None:
    """Award the badges that a member's streak and the practiced skill have earned.

    A durable listener. Cost  2 queries, 1 more when a skill may be mastered, and 3 statements per new badge.
    """
    progress = Progress.objects.filter(user=event.user_id).first()
    days = progress.streak_on(today(at)) if progress else 0
    mine = Achievement.objects.filter(user=event.user_id)
    owned = {(kind, slug or "") for kind, slug in mine.values_list("kind", "skill__slug")}
    for kind in rules.streak_badges(days):
        if (kind, "") not in owned:
            award_badge(user_id=event.user_id, kind=kind, skill=None, at=at)
    mastery = Achievement.Kind.SKILL_MASTERY
    skill = event.skill if isinstance(event, PracticeCompleted) else ""
    if not skill or event.score < rules.MASTERY_SCORE or (mastery.value, skill) in owned:
        return
    attempts = Result.objects.of(event.user_id).filter(skill__slug=skill, score__gte=rules.MASTERY_SCORE)
    if rules.is_mastered(attempts.count()):
        award_badge(user_id=event.user_id, kind=mastery, skill=Skill.objects.get(slug=skill), at=at)


def award_for_win(event: ChallengeWon, at: datetime) -> None:
    """Award the badges that a member's won challenges have earned. A durable listener."""
    won = LoggedEvent.objects.filter(type=ChallengeWon.type, actor_id=event.user_id, is_invalid=False).count()
    for kind in rules.win_badges(won):
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
        Progress.objects.filter(user=user_id).update(xp=F("xp") + rules.XP_BADGE)
        slug = skill.slug if skill else ""
        earned = AchievementEarned(actor_id=user_id, kind=kind, title=badge.title, skill=slug)
        announce(earned, at=at, key=f"achievement:{user_id}:{kind}:{slug}")
    return is_new
