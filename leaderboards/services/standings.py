from collections.abc import Mapping
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from leaderboards import rules
from leaderboards.events import StandingChanged
from leaderboards.models import CountedResult, LeagueSeat, RankDelta, Standing
from leaderboards.models.standing import EPOCH, microseconds
from leaderboards.rules import ScoredResult
from leaderboards.services.leagues import add_to_league
from viral_engine.accounts.events import (
    AccountBlocked,
    AccountCreated,
    ConsentGiven,
    ConsentWithdrawn,
    GuestMerged,
    PreferencesChanged,
)
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.services import announce_unlogged
from viral_engine.learning.events import PracticeCompleted, PracticeTestCompleted
from viral_engine.learning.models import Attempt, Result

MUTABLE = [
    "band",
    "is_shown",
    "results",
    "points",
    "xp",
    "correct",
    "total",
    "streak_days",
    "first_scores",
    "last_scores",
    "reached_at",
    "xp_key",
    "average_key",
    "improvement_key",
]
WITH_PERSON = ("attempt__user__progress", "subject")
Keys = Mapping[str, bytes | None]


def record_result(event: PracticeCompleted | PracticeTestCompleted, at: datetime) -> None:
    """Count the result of a member's attempt in their standings. A durable listener, for members only."""
    result = Result.objects.select_related(*WITH_PERSON).get(attempt_id=event.attempt_id)
    count_result(result=result, at=at)


def count_claimed(event: AccountCreated | GuestMerged, at: datetime) -> None:
    """Count the results of claimed guest attempts. A durable listener that runs after the claim."""
    mine = Result.objects.of(event.user_id).comparable().filter(attempt__counted=None).order_by("finished_at")
    for result in mine.select_related(*WITH_PERSON):
        count_result(result=result, at=at)


@transaction.atomic
def count_result(*, result: Result, at: datetime) -> bool:
    """Count a result in its learner's standings and league; counting it again changes nothing and returns False.

    Diagnostics are not counted, because they adapt their difficulty and their scores are not comparable.

    Cost      6 statements, 10 more for the first result of a week, which takes a seat, 1 more for a child; 1 when
              it was counted before. Independent of board size.
    Announces StandingChanged without a log row, because the result itself is stored.
    """
    user = result.attempt.user
    if user is None or user.role != Role.STUDENT or result.attempt.kind == Attempt.Kind.DIAGNOSTIC:
        return False
    if not _claim(result, at):
        return False
    fact = scored_result(result)
    week = rules.week_of(timezone.localdate(result.finished_at))
    shown, streak_days = _is_shown(user, timezone.localdate(at)), user.progress.streak_days
    standings = _rows_for(user, result.subject_id, (rules.ALL_TIME, week))
    deltas = []
    for standing in standings:
        before, band = standing.keys(), standing.band
        standing.is_shown, standing.band = shown, rules.band_of(user.grade)
        standing.streak_days = max(standing.streak_days, streak_days)
        standing.take(standing.totals.plus(fact))
        deltas += deltas_between(standing, before, band)
        standing.save(update_fields=MUTABLE)
    RankDelta.objects.bulk_create(deltas)
    add_to_league(user=user, week=week, fact=fact, streak_days=streak_days, shown=shown, finished_at=result.finished_at)
    announce_unlogged(StandingChanged(actor_id=user.pk, subject=result.subject.slug), at=at)
    return True


def _claim(result: Result, at: datetime) -> bool:
    """True for exactly one caller per attempt; a second caller waits until the first has committed."""
    try:
        with transaction.atomic():
            CountedResult.objects.create(attempt_id=result.pk, counted_at=at)
    except IntegrityError:
        return False
    return True


def scored_result(result: Result) -> ScoredResult:
    return ScoredResult(
        attempt_id=str(result.pk),
        score=result.score,
        xp=result.xp,
        correct=result.correct,
        total=result.total,
        finished_us=microseconds(result.finished_at),
    )


def _rows_for(user: User, subject_id: int, periods: tuple[str, ...]) -> list[Standing]:
    """The learner's rows, created if missing and locked in id order, which excludes deadlocks."""
    wanted = Standing.objects.filter(user=user, subject_id=subject_id, period__in=periods).order_by("pk")
    found = list(wanted.select_for_update())
    if len(found) == len(periods):
        return found
    Standing.objects.bulk_create(
        [
            Standing(
                user=user,
                subject_id=subject_id,
                period=period,
                joined_at=user.date_joined,
                is_shown=False,
                reached_at=EPOCH,
                audited_at=EPOCH,
            )
            for period in periods
        ],
        ignore_conflicts=True,
    )
    return list(wanted.select_for_update())


def deltas_between(standing: Standing, before: Keys, band: str) -> list[RankDelta]:
    """The deltas of each metric's board; a learner who changes bands leaves one and enters the other."""
    after, where = standing.keys(), {"subject_id": standing.subject_id, "period": standing.period}
    deltas = []
    for metric in rules.METRICS:
        old, new = before[metric], after[metric]
        if band == standing.band:
            steps = [(band, old, new)] if old != new else []
        else:
            steps = [(band, old, None), (standing.band, None, new)]
        deltas += [
            RankDelta(**where, metric=metric, band=name, old_key=left, new_key=entered)
            for name, left, entered in steps
            if (left, entered) != (None, None)
        ]
    return deltas


# -- Who is shown ------------------------------------------------------------------------------------------
def refresh_person(event: PreferencesChanged | AccountBlocked, at: datetime) -> None:
    """Show or hide the actor on all boards, according to their preferences. A durable listener.

    Erasing an account also closes it, which calls this, too.
    """
    show_or_hide(user_id=event.user_id, at=at)


def refresh_child(event: ConsentGiven | ConsentWithdrawn, at: datetime) -> None:
    """Show or hide the child whose parent decided. A durable listener."""
    show_or_hide(user_id=event.child_id, at=at)


@transaction.atomic
def show_or_hide(*, user_id: int, at: datetime) -> bool:
    """Show a person's standings and open seats, or hide and unrank them; returns whether anything changed.

    Cost      2 statements when nothing changes, 1 more for a child; else 2 more, and 1 for each standing.
    Announces StandingChanged for each subject, without a log row.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:  # the account of a pending child is deleted completely
        return False
    shown, band = _is_shown(user, timezone.localdate(at)), rules.band_of(user.grade)
    rows = Standing.objects.filter(user=user).select_related("subject").order_by("pk")
    changed = [row for row in rows.select_for_update(of=("self",)) if (row.is_shown, row.band) != (shown, band)]
    if not changed:
        return False
    deltas = []
    for standing in changed:
        before, was_in = standing.keys(), standing.band
        standing.is_shown, standing.band = shown, band
        standing.take(standing.totals)
        deltas += deltas_between(standing, before, was_in)
        standing.save(update_fields=MUTABLE)
    RankDelta.objects.bulk_create(deltas)
    LeagueSeat.objects.filter(user=user, league__closed_at=None).update(is_shown=shown)
    for subject in {standing.subject.slug for standing in changed}:
        announce_unlogged(StandingChanged(actor_id=user.pk, subject=subject), at=at)
    return True


def _is_shown(user: User, today: date) -> bool:
    is_child = needs_consent(user.age_on(today))
    coppa = Consent.objects.in_force().filter(child=user, kind=Consent.Kind.COPPA)
    return rules.is_shown(
        is_learner=user.role == Role.STUDENT,
        is_open=user.is_active and user.blocked_at is None,
        wants_it=user.feed_visible,
        needs_consent=is_child,
        has_consent=is_child and coppa.exists(),
    )
