"""Finish attempts: store the result and update the learner's XP and streak."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q

from viral_engine.accounts.models import User
from viral_engine.kernel import clock
from viral_engine.kernel.events import Event
from viral_engine.kernel.services import announce
from viral_engine.learning.events import DiagnosticCompleted, PracticeCompleted, PracticeTestCompleted, StreakLapsed
from viral_engine.learning.models import Attempt, Progress, Result
from viral_engine.learning.rules import scoring
from viral_engine.learning.rules.adaptive import AnsweredQuestion, diagnostic_score, level_estimate, level_name
from viral_engine.learning.rules.progress import is_worth_a_day, missed_days, next_streak, xp_for
from viral_engine.learning.services.adaptive import asked_in

logger = logging.getLogger(__name__)
AnswerCounts = dict[str, int]  # total, open, correct
PROGRESS_COLUMNS = ("xp", "streak_days", "last_active_on")


class AttemptUnfinished(Exception):
    """Questions are still open; nothing was written."""


@transaction.atomic
def finish_attempt(*, attempt: Attempt, at: datetime) -> Result:
    """Finish an attempt: store its result, XP and streak. Finishing again returns the first result.

    A test may be handed in with open questions. It ends at its deadline, even if this is called later.

    Cost      7 statements, 3 more on the learner's very first, 1 less for a guest, 1 more for a test or a diagnostic;
              3 when it was finished before.
    Raises    AttemptUnfinished while a question is open, except in a test.
    Announces PracticeCompleted, PracticeTestCompleted or DiagnosticCompleted, once.
    """
    counts = _count_answers(attempt)
    if counts["open"] and attempt.deadline_at is None:
        raise AttemptUnfinished(f"{counts['open']} questions are still open.")
    at = max(at, attempt.started_at)  # a clock that jumped back must not break the row
    if attempt.deadline_at is not None:
        at = min(at, attempt.deadline_at)
    if not Attempt.objects.unfinished().filter(pk=attempt.pk).update(finished_at=at):
        return Result.objects.get(attempt=attempt)
    attempt.finished_at = at
    if attempt.deadline_at is not None:  # an answer may have arrived between the count and the claim
        counts = _count_answers(attempt)
    asked = asked_in(attempt) if attempt.kind == Attempt.Kind.DIAGNOSTIC else []
    score = diagnostic_score(asked) if asked else scoring.score(correct=counts["correct"], total=counts["total"])
    result = _store(attempt, counts, score, at)
    announce(_completed(attempt, result, counts, asked), at=at)
    return result


def _count_answers(attempt: Attempt) -> AnswerCounts:
    """Numbers of all, open and right answers; 1 query."""
    return attempt.answers.aggregate(
        total=Count("pk"), open=Count("pk", filter=Q(is_correct=None)), correct=Count("pk", filter=Q(is_correct=True))
    )


def _store(attempt: Attempt, counts: AnswerCounts, score: int, at: datetime) -> Result:
    answered = counts["total"] - counts["open"]
    earns = is_worth_a_day(answered=answered, total=counts["total"])
    return Result.objects.create(
        attempt=attempt,
        subject=attempt.subject,
        skill=attempt.skill,
        score=score,
        correct=counts["correct"],
        total=counts["total"],
        duration_s=round(attempt.active_time(at) / timedelta(seconds=1)),
        xp=add_progress(attempt.user, score=score, answered=answered, at=at) if attempt.user and earns else 0,
        finished_at=at,
    )


def _completed(attempt: Attempt, result: Result, counts: AnswerCounts, asked: list[AnsweredQuestion]) -> Event:
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
        return PracticeTestCompleted(**who, answered=counts["total"] - counts["open"], total=counts["total"])
    estimate = level_estimate(asked)
    return DiagnosticCompleted(**who, level=level_name(estimate), level_estimate=estimate)


def finish_overdue_tests(*, at: datetime, limit: int = 200) -> int:
    """Finish tests whose time is up, with the answers so far; returns how many.

    Each test has its own transaction: a failure is logged and retried by the next run.
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


def add_progress(user: User, *, score: int, answered: int, at: datetime) -> int:
    """Add one finished attempt to a learner's XP and streak; returns the XP. The caller holds the transaction.

    Days are days in the site's time zone.

    Announces StreakLapsed after missed days.
    """
    progress = _locked_progress(user)
    grown = grow(progress, score=score, answered=answered, day=clock.today(at))
    if grown.lapsed is not None:
        announce(grown.lapsed, at=at, key=grown.key)
    progress.save(update_fields=PROGRESS_COLUMNS)
    return grown.xp


@dataclass(frozen=True, slots=True)
class Growth:
    """The XP of one result, and the streak that ended before it, with the idempotency key of that event."""

    xp: int
    lapsed: StreakLapsed | None = None
    key: str = ""


def grow(progress: Progress, *, score: int, answered: int, day: date) -> Growth:
    """Add one result of a day to a learner's progress, which the caller has locked and saves; no query."""
    last, user_id = progress.last_active_on, progress.user_id
    missed = missed_days(last_active_on=last, today=day)
    xp = xp_for(score=score, answered=answered, is_new_streak_day=last is None or day > last)
    growth = Growth(xp)
    if missed and progress.streak_days:
        lapsed = StreakLapsed(actor_id=user_id, lost_days=progress.streak_days, missed_days=missed)
        growth = Growth(xp, lapsed, f"streak_lapsed:{user_id}:{day}")
    progress.streak_days = next_streak(streak_days=progress.streak_days, last_active_on=last, today=day)
    progress.xp, progress.last_active_on = progress.xp + xp, max(day, last or day)
    return growth


def _locked_progress(user: User) -> Progress:
    """The learner's progress, made where missing. Cost  1 statement, 3 more for the very first.

    The lock works on PostgreSQL; on SQLite the transaction is IMMEDIATE and therefore alone.
    """
    rows = Progress.objects.select_for_update().filter(user=user)
    progress = rows.first()
    if progress is None:
        Progress.objects.get_or_create(user=user)
        progress = rows.get()
    return progress


@transaction.atomic
def restore_streak(*, user: User, days: int) -> None:
    """Give a learner back the streak days they lost in a gap; the caller does this once per gap."""
    Progress.objects.filter(user=user).update(streak_days=F("streak_days") + days)
