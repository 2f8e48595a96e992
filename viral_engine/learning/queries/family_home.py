"""The start page of a parent: each child's week at a glance."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from viral_engine.accounts.models import User
from viral_engine.accounts.queries import family_of
from viral_engine.kernel import clock
from viral_engine.learning.models import Progress, Result, TutoringSession
from viral_engine.learning.queries.home import WeekDay, week_of_days
from viral_engine.learning.queries.tutoring import sessions_of

MAX_RESULTS = 2000  # of one week of all children


@dataclass(frozen=True, slots=True)
class ChildWeek:
    """One child's current week, as the parent sees it."""

    child: User
    streak: int
    minutes: int
    attempts: int
    average: int | None  # percent; None without a result this week
    week: list[WeekDay]
    last_session: TutoringSession | None


def children_now(parent: User, at: datetime) -> list[ChildWeek]:
    """The week of each child under 18 of this parent, by username. Cost  5 queries for any number of children."""
    today = clock.today(at)
    children = [row.child for row in family_of(parent, today) if row.is_minor]
    monday = clock.midnight(today - timedelta(days=today.weekday()))
    columns = ("attempt__user_id", "finished_at", "duration_s", "score")
    found = Result.objects.filter(attempt__user__in=children, finished_at__gte=monday).order_by("-finished_at")
    results: defaultdict[int, list[tuple[date, int, int]]] = defaultdict(list)
    for user_id, finished_at, duration_s, score in found.values_list(*columns)[:MAX_RESULTS]:
        results[user_id].append((clock.today(finished_at), duration_s, score))
    streaks = {one.user_id: one.streak_on(today) for one in Progress.objects.filter(user__in=children)}
    sessions: dict[int, TutoringSession] = {}
    for session in sessions_of(parent, at):
        sessions.setdefault(session.student_id, session)
    return [
        _week(child, results[child.pk], streaks.get(child.pk, 0), sessions.get(child.pk), today) for child in children
    ]


def _week(
    child: User, results: list[tuple[date, int, int]], streak: int, session: TutoringSession | None, today: date
) -> ChildWeek:
    seconds = sum(duration_s for _, duration_s, _ in results)
    return ChildWeek(
        child=child,
        streak=streak,
        minutes=max(round(seconds / 60), 1) if results else 0,
        attempts=len(results),
        average=round(sum(score for *_, score in results) / len(results)) if results else None,
        week=week_of_days((day for day, *_ in results), today),
        last_session=session,
    )
