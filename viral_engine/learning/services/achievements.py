"""Badges: what a finished round or a won challenge earns besides its XP."""

from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.services import announce
from viral_engine.learning import rules
from viral_engine.learning.events import (
    AchievementEarned,
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeTestCompleted,
)
from viral_engine.learning.models import Achievement, Progress, Result, Skill


class Victory(Protocol):
    """A challenge that was won, of whatever loop."""

    @property
    def user_id(self) -> int: ...


def award_for_round(event: PracticeCompleted | PracticeTestCompleted | DiagnosticCompleted, at: datetime) -> None:
    """The badges that the member's streak, and the skill they practiced, have earned are theirs.

    A promised listener. Cost  2 queries, 1 more where a skill may be mastered, and 3 statements a new badge.
    """
    progress = Progress.objects.filter(user=event.user_id).first()
    days = progress.streak_on(timezone.localdate(at)) if progress else 0
    mine = Achievement.objects.filter(user=event.user_id)
    owned = {(kind, slug or "") for kind, slug in mine.values_list("kind", "skill__slug")}
    for kind in rules.streak_badges(days):
        if (kind, "") not in owned:
            award_badge(user_id=event.user_id, kind=kind, skill=None, at=at)
    mastery, skill = Achievement.Kind.SKILL_MASTERY, getattr(event, "skill", "")
    if not skill or event.score < rules.MASTERY_SCORE or (mastery.value, skill) in owned:
        return
    rounds = Result.objects.of(event.user_id).filter(skill__slug=skill, score__gte=rules.MASTERY_SCORE)
    if rules.is_mastered(rounds.count()):
        award_badge(user_id=event.user_id, kind=mastery, skill=Skill.objects.get(slug=skill), at=at)


def award_for_victory(event: Victory, at: datetime) -> None:
    """The badges that the member's won challenges have earned are theirs. A promised listener."""
    won = LoggedEvent.objects.filter(type="challenge_won", actor_id=event.user_id, is_invalid=False).count()
    for kind in rules.victory_badges(won):
        award_badge(user_id=event.user_id, kind=kind, skill=None, at=at)


@transaction.atomic
def award_badge(*, user_id: int, kind: str, skill: Skill | None, at: datetime) -> bool:
    """The badge is the person's, and its 100 XP; False, and nothing changes, when it was before.

    Badge XP is the learner's own; boards compare rounds.

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
