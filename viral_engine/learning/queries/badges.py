"""Badges with progress: earned ones first, then locked ones."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from viral_engine.accounts.models import User
from viral_engine.kernel.clock import today
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import ChallengeWon
from viral_engine.learning.models import Achievement, Progress, Result, Skill
from viral_engine.learning.rules.badges import CHALLENGE_WINS, MASTERY_ATTEMPTS, MASTERY_SCORE, STREAKS

Kind = Achievement.Kind


@dataclass(frozen=True, slots=True)
class Badge:
    kind: str
    title: str
    how: str  # how to earn it
    done: int
    needed: int
    earned_at: datetime | None = None


def badges_of(user: User, at: datetime) -> list[Badge]:
    """All badges: earned ones first, newest first. Cost  5 queries for any number of badges."""
    earned = {
        (row.kind, row.skill_id): row.earned_at for row in Achievement.objects.filter(user=user).order_by("-earned_at")
    }
    rows = [*_streaks(user, at), *_wins(user), *_masteries(user)]
    badges = [
        Badge(
            kind,
            title,
            how,
            needed if (kind, skill) in earned else min(done, needed),
            needed,
            earned.get((kind, skill)),
        )
        for kind, skill, title, how, done, needed in rows
    ]
    return sorted(badges, key=lambda badge: -badge.earned_at.timestamp() if badge.earned_at else 0.0)


BadgeRow = tuple[str, int | None, str, str, int, int]


def _streaks(user: User, at: datetime) -> list[BadgeRow]:
    progress = Progress.objects.filter(user=user).first()
    days = progress.streak_on(today(at)) if progress else 0
    how = "Practice on {} days in a row."
    return [(f"streak_{n}", None, Kind(f"streak_{n}").label, how.format(n), days, n) for n in STREAKS]


def _wins(user: User) -> list[BadgeRow]:
    won = LoggedEvent.objects.filter(type=ChallengeWon.type, actor_id=user.pk, is_invalid=False).count()
    kinds = [(f"challenges_won_{n}", n) for n in CHALLENGE_WINS]
    return [
        (kind, None, Kind(kind).label, "Win a challenge." if n == 1 else f"Win {n} challenges.", won, n)
        for kind, n in kinds
    ]


def _masteries(user: User) -> list[BadgeRow]:
    good = Result.objects.of(user.pk).filter(skill__isnull=False, score__gte=MASTERY_SCORE)
    attempts = dict(good.order_by().values_list("skill").annotate(attempts=Count("pk")))
    how = f"Practice it {MASTERY_ATTEMPTS} times with {MASTERY_SCORE}% or more."
    return [
        (Kind.SKILL_MASTERY, skill.pk, f"{skill.name} mastered", how, attempts.get(skill.pk, 0), MASTERY_ATTEMPTS)
        for skill in Skill.objects.all().practicable()
    ]
