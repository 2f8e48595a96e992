"""Audit standings against the results, and count missed results."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum

from leaderboards import rules
from leaderboards.events import StandingCorrected
from leaderboards.models import LeagueSeat, RankDelta, Standing
from leaderboards.rules import ScoredResult, ScoreTotals
from leaderboards.services.results import WITH_PERSON, count_result, scored_result
from leaderboards.services.standings import MUTABLE, deltas_between, show_or_hide
from viral_engine.accounts.models import Role, User
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce
from viral_engine.learning.models import Result

logger = logging.getLogger(__name__)
ON_ITS_WAY = timedelta(minutes=10)
CHUNK = 500  # learners compared at once
FORGOTTEN = timedelta(days=40)  # a guest's attempts may be claimed for 30 days, as long as the cookie lives


def count_missed(*, at: datetime, limit: int = 200) -> int:
    """Count results that no event counted, because a listener failed or a guest's
    attempts were claimed late; returns how many."""
    missed = (
        Result.objects.since(at - FORGOTTEN).comparable().filter(finished_at__lt=at - ON_ITS_WAY, attempt__counted=None)
    )
    learners = missed.filter(attempt__user__role=Role.STUDENT).select_related(*WITH_PERSON)
    found = sum(_counts(result, at) for result in learners.order_by("finished_at")[:limit])
    if found:
        logger.warning("the audit counted %s results that no event had brought", found)
    return found


def _counts(result: Result, at: datetime) -> bool:
    """Count one result; one that cannot be counted does not stop the others."""
    try:
        return count_result(result=result, at=at)
    except (SoftTimeLimitExceeded, OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("result %s cannot be counted", result.pk)
        return False


def audit_standings(*, at: datetime, limit: int = 200) -> int:
    """Recount the standings audited longest ago and correct differences; returns how many.

    Visibility is checked, too, because a child's thirteenth birthday is no event. Seats of open leagues are compared
    with their learner's week.

    Announces StandingCorrected for each difference.
    """
    oldest = Standing.objects.order_by("audited_at", "pk")
    chosen = list(oldest.values_list("pk", "user_id")[:limit])
    for user_id in {user_id for _, user_id in chosen}:
        show_or_hide(user_id=user_id, at=at)
    return _recount([pk for pk, _ in chosen], at) + _correct_seats(at)


@transaction.atomic
def _recount(ids: list[int], at: datetime) -> int:
    # Lock first: a result is claimed and added in one transaction, so the results read next match the rows.
    standings = list(Standing.objects.filter(pk__in=ids).order_by("pk").select_for_update())
    facts = facts_of({standing.user_id for standing in standings})
    wrong = 0
    for standing in standings:
        true = rules.recount(facts.get((standing.user_id, standing.subject_id, standing.period), []))
        if true != standing.totals:
            _correct(standing, true, at)
            wrong += 1
    Standing.objects.filter(pk__in=ids).update(audited_at=at)
    return wrong


def facts_of(users: Iterable[int]) -> dict[tuple[int, int, str], list[ScoredResult]]:
    """Counted results by learner, subject and period."""
    facts: defaultdict[tuple[int, int, str], list[ScoredResult]] = defaultdict(list)
    counted = Result.objects.filter(attempt__user__in=users, attempt__counted__isnull=False)
    for result in counted.select_related("attempt"):
        for period in (rules.ALL_TIME, rules.week_of(today(result.finished_at))):
            facts[result.attempt.user_id or 0, result.subject_id, period].append(scored_result(result))
    return facts


def differences() -> Iterator[str]:
    """Say which standings are not what the counted results add up to. Writes nothing.

    Cost  3 queries for each 500 learners, and no more memory than their results need.
    """
    learners = iter(_learners_with_results())
    while some := set(islice(learners, CHUNK)):
        facts = facts_of(some)
        standings = Standing.objects.filter(user__in=some).order_by("pk")
        for standing in standings:
            true = rules.recount(facts.pop((standing.user_id, standing.subject_id, standing.period), []))
            keys = rules.rank_keys(
                true, streak_days=standing.streak_days, user_id=standing.user_id, shown=standing.is_shown
            )
            if true != standing.totals:
                yield f"standing {standing} says {_sums(standing.totals)}, the results say {_sums(true)}"
            elif keys != standing.keys():
                yield f"standing {standing} has a place that its totals do not give"
        for user_id, subject_id, period in sorted(facts):
            yield f"no standing of {user_id} in subject {subject_id}, {period}, which has counted results"


def _learners_with_results() -> Iterator[int]:
    counted = Result.objects.filter(attempt__counted__isnull=False).order_by().values("attempt__user")
    either = User.objects.filter(Q(pk__in=counted) | Q(pk__in=Standing.objects.values("user"))).order_by("pk")
    return either.values_list("pk", flat=True).iterator(CHUNK)


def _correct(standing: Standing, true: ScoreTotals, at: datetime) -> None:
    before = standing.keys()
    was, now = _sums(standing.totals), _sums(true)
    standing.take(true)
    standing.save(update_fields=MUTABLE)
    RankDelta.objects.bulk_create(deltas_between(standing, before, standing.band))
    logger.error("standing %s said %s, the results say %s", standing.pk, was, now)
    subject, period = standing.subject.slug, standing.period
    announce(StandingCorrected(actor_id=standing.user_id, subject=subject, period=period, before=was, after=now), at=at)


def _sums(totals: ScoreTotals) -> dict[str, int]:
    return {
        "results": totals.results,
        "points": totals.points,
        "xp": totals.xp,
        "correct": totals.correct,
        "total": totals.total,
    }


def _correct_seats(at: datetime) -> int:
    """Set open seats to the sums of their learner's week; returns how many were wrong."""
    week = rules.week_of(today(at))
    mine = Standing.objects.filter(user=OuterRef("user"), period=OuterRef("week")).order_by().values("user")
    sums = {name: Subquery(mine.annotate(sum=Sum(name)).values("sum")) for name in ("xp", "correct", "total")}
    seats = LeagueSeat.objects.filter(week=week, next_tier=None).annotate(true_xp=sums["xp"])
    wrong = list(seats.exclude(true_xp=F("xp")).values_list("pk", flat=True)[:500])
    for pk in wrong:
        logger.error("league seat %s did not hold its learner's week", pk)
        LeagueSeat.objects.filter(pk=pk, next_tier=None).update(**sums)
    return len(wrong)
