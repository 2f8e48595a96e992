"""The end of an attempt: a result, and what it does to a learner's XP and streak."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from viral_engine.accounts.models import User
from viral_engine.kernel.events import Event
from viral_engine.kernel.services import announce
from viral_engine.learning import rules
from viral_engine.learning.events import DiagnosticCompleted, PracticeCompleted, PracticeTestCompleted, StreakLapsed
from viral_engine.learning.models import Attempt, Progress, Result
from viral_engine.learning.services.adaptive import asked_in

logger = logging.getLogger(__name__)
Tally = dict[str, int]


class AttemptUnfinished(Exception):
    """Questions are still open; nothing was written."""


@transaction.atomic
def finish_attempt(*, attempt: Attempt, at: datetime) -> Result:
    """The attempt has a result, the learner its XP and streak; finishing again returns the first result.

    A test may be handed in with questions open; it ends at its deadline, however late this is called.

    Cost      8 statements, 2 more on the learner's very first, 1 less for a guest, 1 more for a test or a diagnostic;
              3 when it was finished before.
    Raises    AttemptUnfinished while a question is open.
    Announces PracticeCompleted, PracticeTestCompleted or DiagnosticCompleted, once.
    """
    tally = _tally_of(attempt)
    if tally["open"] and attempt.deadline_at is None:
        raise AttemptUnfinished(f"{tally['open']} questions are still open.")
    at = max(at, attempt.started_at)  # a clock that jumped back must not break the row
    if attempt.deadline_at is not None:
        at = min(at, attempt.deadline_at)
    if not Attempt.objects.unfinished().filter(pk=attempt.pk).update(finished_at=at):
        return Result.objects.get(attempt=attempt)
    attempt.finished_at = at
    if attempt.deadline_at is not None:  # an answer may have come between the count and the claim
        tally = _tally_of(attempt)
    asked = asked_in(attempt) if attempt.kind == Attempt.Kind.DIAGNOSTIC else []
    score = rules.diagnostic_score(asked) if asked else rules.score(correct=tally["correct"], total=tally["total"])
    result = _store(attempt, tally, score, at)
    announce(_completed(attempt, result, tally, asked), at=at)
    return result


def _tally_of(attempt: Attempt) -> Tally:
    """1 query."""
    return attempt.answers.aggregate(
        total=Count("pk"), open=Count("pk", filter=Q(choice=None)), correct=Count("pk", filter=Q(is_correct=True))
    )


def _store(attempt: Attempt, tally: Tally, score: int, at: datetime) -> Result:
    earns = rules.is_worth_a_day(answered=tally["total"] - tally["open"], total=tally["total"])
    return Result.objects.create(
        attempt=attempt,
        subject=attempt.subject,
        skill=attempt.skill,
        score=score,
        correct=tally["correct"],
        total=tally["total"],
        duration_s=round(attempt.active_time(at) / timedelta(seconds=1)),
        xp=add_progress(attempt.user, score=score, at=at) if attempt.user and earns else 0,
        finished_at=at,
    )


def _completed(attempt: Attempt, result: Result, tally: Tally, asked: list[rules.Asked]) -> Event:
    who: dict[str, Any] = {
        "actor_id": attempt.user_id,
        "guest_id": str(attempt.guest_id or ""),
        "link_code": attempt.link_code,
        "attempt_id": str(attempt.pk),
        "subject": attempt.subject.slug,
        "score": result.score,
        "duration_s": result.duration_s,
    }
    if attempt.skill is not None:
        return PracticeCompleted(**who, skill=attempt.skill.slug, kind=attempt.kind, deck_id=attempt.deck_id)
    if attempt.kind == Attempt.Kind.PRACTICE_TEST:
        return PracticeTestCompleted(**who, answered=tally["total"] - tally["open"], total=tally["total"])
    estimate = rules.level_estimate(asked)
    return DiagnosticCompleted(**who, level=rules.level_name(estimate), level_estimate=estimate)


def finish_overdue_tests(*, at: datetime, limit: int = 200) -> int:
    """Tests whose time is up have a result, of what was answered; returns how many this call finished.

    Each by itself: one that fails is logged and waits for the next round.
    """
    overdue = Attempt.objects.overdue(at).order_by("deadline_at").select_related("user", "subject", "skill")
    finished = 0
    for attempt in overdue[:limit]:
        try:
            finish_attempt(attempt=attempt, at=at)
            finished += 1
        except Exception:
            logger.exception("test %s not finished", attempt.pk)
    return finished


def add_progress(user: User, *, score: int, at: datetime) -> int:
    """XP and streak count one finished attempt; returns the XP. The caller holds the transaction.

    Days are those of the site's time zone.

    Announces StreakLapsed when whole days were missed.
    """
    Progress.objects.get_or_create(user=user)
    # The lock holds on PostgreSQL; on SQLite the whole transaction is IMMEDIATE and so alone.
    progress = Progress.objects.select_for_update().get(user=user)
    today = timezone.localdate(at)
    streak = rules.next_streak(streak_days=progress.streak_days, last_active_on=progress.last_active_on, today=today)
    is_new_day = progress.last_active_on is None or today > progress.last_active_on
    xp = rules.xp_for(score=score, is_new_streak_day=is_new_day)
    missed_days = rules.missed_days(last_active_on=progress.last_active_on, today=today)
    if missed_days and progress.streak_days:
        lapsed = StreakLapsed(actor_id=user.pk, lost_days=progress.streak_days, missed_days=missed_days)
        announce(lapsed, at=at, key=f"streak_lapsed:{user.pk}:{today}")
    progress.xp, progress.streak_days = progress.xp + xp, streak
    progress.last_active_on = max(today, progress.last_active_on or today)
    progress.save(update_fields=["xp", "streak_days", "last_active_on"])
    return xp


@transaction.atomic
def restore_streak(*, user: User, days: int) -> None:
    """The days a gap took from the streak count again; called once per gap, by whoever made up for it."""
    Progress.objects.filter(user=user).update(streak_days=F("streak_days") + days)
