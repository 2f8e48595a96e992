"""The weeks of many children, read at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, BooleanField, Count, ExpressionWrapper, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from loops.proud_parent.rules import SkillWeek, Week, WeekFacts, streak_at_end
from viral_engine.kernel.clock import midnight
from viral_engine.learning.models import Achievement, Progress, Result
from viral_engine.learning.rules.badges import XP_BADGE

NOTHING: dict[str, Any] = {"attempts": 0, "seconds": 0, "earned": 0, "days": 0}


def bounds(week: Week) -> tuple[datetime, datetime]:
    return midnight(week.starts_on), midnight(week.ends_on + timedelta(days=1))


def facts_of(children: Collection[int], week: Week) -> dict[int, WeekFacts]:
    """The week of each child, with the week before for comparison.

    Cost  4 queries, whatever the number of children.
    """
    start, end = bounds(week)
    since = bounds(week.before)[0]
    results = Result.objects.filter(attempt__user__in=children, finished_at__gte=since, finished_at__lt=end)
    sums, skills = _sums(results, start), _skills(results, start)
    badges: defaultdict[int, list[str]] = defaultdict(list)
    earned = Achievement.objects.filter(user__in=children, earned_at__gte=start, earned_at__lt=end)
    for badge in earned.select_related("skill").order_by("earned_at", "pk"):
        badges[badge.user_id].append(badge.title)
    streaks = {
        user_id: streak_at_end(streak_days=days, last_active_on=last, sunday=week.ends_on)
        for user_id, days, last in Progress.objects.filter(user__in=children).values_list(
            "user_id", "streak_days", "last_active_on"
        )
    }
    found = {}
    for child in children:
        now, before = sums.get((child, True), NOTHING), sums.get((child, False), NOTHING)
        found[child] = WeekFacts(
            attempts=now["attempts"],
            minutes=_minutes(now),
            xp=now["earned"] + XP_BADGE * len(badges[child]),
            active_days=now["days"],
            streak_days=streaks.get(child, 0),
            attempts_before=before["attempts"],
            minutes_before=_minutes(before),
            xp_before=before["earned"],
            skills=skills.get(child, ()),
            badges=tuple(badges[child]),
        )
    return found


def _minutes(row: dict[str, Any]) -> int:
    """Whole minutes; at least 1 when anything was finished."""
    return max(round(row["seconds"] / 60), 1) if row["attempts"] else 0


def _is_now(start: datetime) -> ExpressionWrapper[Q]:
    """Whether a result is of the week that began at `start`, not of the week before."""
    return ExpressionWrapper(Q(finished_at__gte=start), output_field=BooleanField())


def _sums(results: QuerySet[Result], start: datetime) -> dict[tuple[int, bool], dict[str, Any]]:
    """1 query."""
    rows = (
        results.annotate(is_now=_is_now(start))
        .order_by()
        .values("attempt__user_id", "is_now")
        .annotate(
            attempts=Count("pk"),
            seconds=Sum("duration_s"),
            earned=Sum("xp"),
            days=Count(TruncDate("finished_at"), distinct=True),
        )
    )
    return {(row["attempt__user_id"], row["is_now"]): dict(row) for row in rows}


def _skills(results: QuerySet[Result], start: datetime) -> dict[int, tuple[SkillWeek, ...]]:
    """Skills of the week of each child, best first; 1 query."""
    columns = ("attempt__user_id", "is_now", "skill__slug", "skill__name")
    marked = results.filter(skill__isnull=False).annotate(is_now=_is_now(start))
    rows = list(marked.order_by().values(*columns).annotate(average=Avg("score"), attempts=Count("pk")))
    averages = {(row["attempt__user_id"], row["skill__slug"], row["is_now"]): round(row["average"]) for row in rows}
    found: defaultdict[int, list[SkillWeek]] = defaultdict(list)
    for row in rows:
        if row["is_now"]:
            user_id, slug = row["attempt__user_id"], row["skill__slug"]
            before = averages.get((user_id, slug, False))
            found[user_id].append(
                SkillWeek(slug, row["skill__name"], round(row["average"]), row["attempts"], before=before)
            )
    return {
        user_id: tuple(sorted(skills, key=lambda skill: (-skill.average, -skill.attempts, skill.name)))
        for user_id, skills in found.items()
    }
