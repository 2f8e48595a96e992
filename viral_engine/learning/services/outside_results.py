"""Results of attempts that another program of the company ran: stored, counted and announced as our own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from viral_engine.accounts.models import User
from viral_engine.kernel import clock
from viral_engine.kernel.events import Event
from viral_engine.kernel.services import announce_all
from viral_engine.learning.events import PracticeCompleted, PracticeTestCompleted
from viral_engine.learning.models import Attempt, Progress, Result, Skill, Subject
from viral_engine.learning.rules import scoring
from viral_engine.learning.rules.progress import is_worth_a_day
from viral_engine.learning.services.completion import PROGRESS_COLUMNS, grow

Announced = list[tuple[Event, str | None]]


@dataclass(frozen=True, slots=True)
class OutsideResult:
    """A finished attempt of another program: practice of a skill, or without one a practice test of the subject."""

    id: UUID  # of the attempt; the caller derives it from the other program's id
    key: str  # idempotency key of its event
    user: User
    subject: Subject
    skill: Skill | None
    correct: int
    total: int
    answered: int
    duration_s: int
    finished_at: datetime

    @property
    def score(self) -> int:
        return scoring.score(correct=self.correct, total=self.total)

    @property
    def started_at(self) -> datetime:
        return self.finished_at - timedelta(seconds=self.duration_s)


@transaction.atomic
def record_outside_results(results: Sequence[OutsideResult], *, at: datetime) -> None:
    """Store results with XP and streaks, and announce them at `at`; the caller leaves out those known before.

    A result is dated when it was finished; its listeners, offers among them, see it now.

    Cost      7 statements for any number of results, 2 more with learners who have no progress yet.
    Raises    IntegrityError when one of them exists; nothing is written.
    Announces PracticeCompleted and PracticeTestCompleted.
    """
    ordered = sorted(results, key=lambda one: (one.finished_at, one.key))
    Attempt.objects.bulk_create(_attempt(one) for one in ordered)
    xp, announced = _add_progress(ordered)
    Result.objects.bulk_create(_result(one, xp[one.id]) for one in ordered)
    announce_all([*announced, *((_completed(one), one.key) for one in ordered)], at=at)


def _attempt(one: OutsideResult) -> Attempt:
    is_test = one.skill is None
    return Attempt(
        id=one.id,
        user=one.user,
        kind=Attempt.Kind.PRACTICE_TEST if is_test else Attempt.Kind.PRACTICE,
        subject=one.subject,
        skill=one.skill,
        started_at=one.started_at,
        deadline_at=max(one.finished_at, one.started_at + timedelta(seconds=1)) if is_test else None,
        finished_at=one.finished_at,
    )


def _result(one: OutsideResult, xp: int) -> Result:
    return Result(
        attempt_id=one.id,
        subject=one.subject,
        skill=one.skill,
        score=one.score,
        correct=one.correct,
        total=one.total,
        duration_s=one.duration_s,
        xp=xp,
        finished_at=one.finished_at,
    )


def _completed(one: OutsideResult) -> Event:
    if one.skill is None:
        return PracticeTestCompleted(
            actor_id=one.user.pk,
            attempt_id=str(one.id),
            subject=one.subject.slug,
            score=one.score,
            duration_s=one.duration_s,
            answered=one.answered,
            total=one.total,
        )
    return PracticeCompleted(
        actor_id=one.user.pk,
        attempt_id=str(one.id),
        subject=one.subject.slug,
        skill=one.skill.slug,
        kind=Attempt.Kind.PRACTICE.value,
        score=one.score,
        duration_s=one.duration_s,
    )


def _add_progress(ordered: Iterable[OutsideResult]) -> tuple[dict[UUID, int], Announced]:
    """Add XP and streak days to the learners' progress, oldest result first; returns the XP of each result.

    Also returns the lapsed streaks to announce. The rows are locked in the order of their ids.
    """
    mine: defaultdict[int, list[OutsideResult]] = defaultdict(list)
    for one in ordered:
        mine[one.user.pk].append(one)
    rows = _locked_progress(mine)
    xp: dict[UUID, int] = {}
    lapsed: Announced = []
    for user_id, results in mine.items():
        for one in results:
            xp[one.id] = 0
            if is_worth_a_day(answered=one.answered, total=one.total):
                day = clock.today(one.finished_at)
                growth = grow(rows[user_id], score=one.score, answered=one.answered, day=day)
                xp[one.id] = growth.xp
                lapsed += [(growth.lapsed, growth.key)] if growth.lapsed is not None else []
    Progress.objects.bulk_update(rows.values(), PROGRESS_COLUMNS)
    return xp, lapsed


def _locked_progress(mine: Mapping[int, object]) -> dict[int, Progress]:
    locked = Progress.objects.select_for_update().filter(user__in=mine).order_by("user_id")
    rows = {row.user_id: row for row in locked}
    if missing := sorted(mine.keys() - rows.keys()):
        Progress.objects.bulk_create((Progress(user_id=user_id) for user_id in missing), ignore_conflicts=True)
        rows = {row.user_id: row for row in locked.all()}
    return rows
