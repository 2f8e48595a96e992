"""Results on boards and in leagues, many at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from leaderboards import rules
from leaderboards.events import StandingsChanged
from leaderboards.models import CountedResult, LeagueSeat, RankDelta, Standing
from leaderboards.models.standing import EPOCH, microseconds
from leaderboards.rules import ScoredResult
from leaderboards.services.leagues import take_seat
from leaderboards.services.standings import MUTABLE, deltas_between
from viral_engine.accounts.events import AccountCreated, GuestMerged
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel import clock
from viral_engine.kernel.services import announce_unlogged
from viral_engine.learning.events import PracticeCompleted, PracticeTestCompleted
from viral_engine.learning.models import Attempt, Result

WITH_PERSON = ("attempt__user__progress", "subject")
SEAT_SUMS = ["xp", "correct", "total", "streak_days", "reached_at"]
Board = tuple[int, int, str]  # user, subject, period


def record_results(events: Sequence[tuple[PracticeCompleted | PracticeTestCompleted, datetime]]) -> None:
    """Count the results of these members' attempts. A durable listener of many events."""
    found = Result.objects.filter(attempt_id__in=[event.attempt_id for event, _ in events])
    count_results(found.select_related(*WITH_PERSON).order_by("finished_at", "pk"), at=events[-1][1])


def count_claimed(event: AccountCreated | GuestMerged, at: datetime) -> None:
    """Count what a person did as a guest. A durable listener, after the one that claims the attempts."""
    mine = Result.objects.of(event.user_id).comparable().filter(attempt__counted=None).order_by("finished_at", "pk")
    count_results(mine.select_related(*WITH_PERSON), at=at)


def count_result(*, result: Result, at: datetime) -> bool:
    """Count one result; False when it was counted before, also by another process at this moment."""
    try:
        with transaction.atomic():
            return bool(count_results([result], at=at))
    except IntegrityError:
        if CountedResult.objects.filter(pk=result.pk).exists():
            return False
        raise


@transaction.atomic
def count_results(results: Iterable[Result], *, at: datetime) -> int:
    """Add results to their learners' standings and league seats; returns how many were new.

    A result is counted once (a unique row is the claim). Boards cannot compare diagnostics, so they are left out.

    Cost      9 statements, however many results and however large the boards; 1 more with children among them, 2 more
              with rows new to a board, 6 more for each learner's first result of a week, which takes a league seat.
    Raises    IntegrityError when another process counted one of them meanwhile; nothing is written.
    Announces StandingsChanged for each subject, unlogged: the results are on record.
    """
    fresh = _uncounted([result for result in results if _is_comparable(result)])
    if not fresh:
        return 0
    CountedResult.objects.bulk_create(CountedResult(attempt_id=result.pk, counted_at=at) for result in fresh)
    shown = _shown(fresh, at)
    standings, deltas = _standings_of(fresh), []
    for (user_id, subject_id), mine in _grouped(fresh).items():
        user, periods = mine[0].attempt.user, {rules.ALL_TIME} | {week_of(result) for result in mine}
        assert user is not None  # noqa: S101  (only members' results are comparable)
        for period in sorted(periods):
            counted = [result for result in mine if period in (rules.ALL_TIME, week_of(result))]
            deltas += _take(standings[user_id, subject_id, period], user, counted, is_shown=shown[user_id])
    Standing.objects.bulk_create(standings.values(), update_conflicts=True, unique_fields=["pk"], update_fields=MUTABLE)
    RankDelta.objects.bulk_create(deltas)
    _add_to_leagues(fresh, shown)
    for slug in sorted({result.subject.slug for result in fresh}):
        learners = {_user_id(result) for result in fresh if result.subject.slug == slug}
        announce_unlogged(StandingsChanged(subject=slug, user_ids=tuple(sorted(learners))), at=at)
    return len(fresh)


def _is_comparable(result: Result) -> bool:
    user = result.attempt.user
    return user is not None and user.role == Role.STUDENT and result.attempt.kind != Attempt.Kind.DIAGNOSTIC


def _uncounted(results: Sequence[Result]) -> list[Result]:
    counted = set(CountedResult.objects.filter(pk__in=[one.pk for one in results]).values_list("pk", flat=True))
    return [result for result in results if result.pk not in counted]


def _user_id(result: Result) -> int:
    user_id = result.attempt.user_id
    assert user_id is not None  # noqa: S101  (only members' results are comparable)
    return user_id


def week_of(result: Result) -> str:
    return rules.week_of(clock.today(result.finished_at))


def scored_result(result: Result) -> ScoredResult:
    return ScoredResult(
        attempt_id=str(result.pk),
        score=result.score,
        xp=result.xp,
        correct=result.correct,
        total=result.total,
        finished_us=microseconds(result.finished_at),
    )


def _grouped(results: Iterable[Result]) -> Mapping[tuple[int, int], list[Result]]:
    """Results by learner and subject, oldest first."""
    grouped: defaultdict[tuple[int, int], list[Result]] = defaultdict(list)
    for result in results:
        grouped[_user_id(result), result.subject_id].append(result)
    return grouped


def _shown(results: Iterable[Result], at: datetime) -> dict[int, bool]:
    """Whether each learner may be ranked. Cost  none; 1 query with children among them."""
    today = clock.today(at)
    people = {result.attempt.user.pk: result.attempt.user for result in results if result.attempt.user}
    children = [pk for pk, user in people.items() if needs_consent(user.age_on(today))]
    agreed = Consent.objects.all().with_disclosure_consent(children)
    return {
        user.pk: rules.is_shown(
            is_learner=user.role == Role.STUDENT,
            is_open=user.is_active and user.blocked_at is None,
            wants_it=user.feed_visible,
            needs_consent=user.pk in children,
            has_consent=user.pk in agreed,
        )
        for user in people.values()
    }


def _standings_of(results: Sequence[Result]) -> dict[Board, Standing]:
    """The learners' rows, made where missing, locked in one order so that two counts never wait in a circle."""
    wanted: dict[Board, User] = {}
    for result in results:
        user = result.attempt.user
        assert user is not None  # noqa: S101  (only members' results are comparable)
        for period in (rules.ALL_TIME, week_of(result)):
            wanted[user.pk, result.subject_id, period] = user
    rows = _locked(wanted)
    missing = sorted(board for board in wanted if board not in rows)  # in one order, as locks are taken
    if missing:
        Standing.objects.bulk_create((_new(board, wanted[board]) for board in missing), ignore_conflicts=True)
        rows = _locked(wanted)
    return rows


def _locked(wanted: Iterable[Board]) -> dict[Board, Standing]:
    boards = set(wanted)
    users, subjects, periods = {one[0] for one in boards}, {one[1] for one in boards}, {one[2] for one in boards}
    rows = Standing.objects.filter(user__in=users, subject__in=subjects, period__in=periods).order_by("pk")
    by_board = {(row.user_id, row.subject_id, row.period): row for row in rows.select_for_update(of=("self",))}
    return {board: row for board, row in by_board.items() if board in boards}


def _new(board: Board, user: User) -> Standing:
    _, subject_id, period = board
    return Standing(
        user=user,
        subject_id=subject_id,
        period=period,
        joined_at=user.date_joined,
        is_shown=False,
        reached_at=EPOCH,
        audited_at=EPOCH,
    )


def _take(standing: Standing, user: User, results: Iterable[Result], *, is_shown: bool) -> list[RankDelta]:
    """Add results to one row, not saved; returns how the learner moved on its boards."""
    before, band = standing.keys(), standing.band
    standing.is_shown, standing.band = is_shown, rules.band_of(user.grade)
    standing.streak_days = max(standing.streak_days, user.progress.streak_days)
    totals = standing.totals
    for result in results:
        totals = totals.plus(scored_result(result))
    standing.take(totals)
    return deltas_between(standing, before, band)


def _add_to_leagues(results: Iterable[Result], shown: Mapping[int, bool]) -> None:
    """Add XP to the learners' seats of the week; a learner without a seat who may be shown takes one."""
    weeks: defaultdict[tuple[int, str], list[Result]] = defaultdict(list)
    for result in results:
        weeks[_user_id(result), week_of(result)].append(result)
    whose = Q(user__in=[user for user, _ in weeks], week__in={week for _, week in weeks})
    seated = set(LeagueSeat.objects.filter(whose).values_list("user_id", "week"))
    # Leagues before seats, the order in which a league closes: the other way round both could wait in a circle.
    for place in sorted(weeks.keys() - seated, key=lambda place: (place[1], place[0])):
        user = weeks[place][0].attempt.user
        if user is not None and shown[user.pk]:
            take_seat(user=user, week=place[1], finished_at=max(result.finished_at for result in weeks[place]))
    changed = []
    for seat in LeagueSeat.objects.filter(whose).select_for_update().order_by("pk") if seated else ():
        place = seat.user_id, seat.week
        if place in seated and place in weeks and seat.next_tier is None:  # else its league has closed
            changed.append(_seat_with(seat, weeks[place]))
    LeagueSeat.objects.bulk_create(changed, update_conflicts=True, unique_fields=["pk"], update_fields=SEAT_SUMS)


def _seat_with(seat: LeagueSeat, results: Sequence[Result]) -> LeagueSeat:
    seat.xp += sum(result.xp for result in results)
    seat.correct += sum(result.correct for result in results)
    seat.total += sum(result.total for result in results)
    user = results[0].attempt.user
    seat.streak_days = max(seat.streak_days, user.progress.streak_days if user else 0)
    seat.reached_at = max(seat.reached_at, *(result.finished_at for result in results))
    return seat
