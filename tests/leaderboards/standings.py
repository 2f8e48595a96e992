"""Standings of many learners, and their ranks counted in two ways."""

from datetime import datetime

from leaderboards import rules
from leaderboards.models import RankDelta, Standing
from leaderboards.models.standing import EPOCH
from leaderboards.rules import Board, ScoredResult
from leaderboards.services.standings import MUTABLE, deltas_between
from tests.factories import answer_all
from viral_engine.accounts.models import User
from viral_engine.kernel import bus
from viral_engine.learning import services as learning
from viral_engine.learning.events import PracticeCompleted
from viral_engine.learning.models import Result, Skill, Subject

LOADED = ("attempt__user__progress", "subject")


def played(user: User, skill: Skill, at: datetime, right: int = 4) -> Result:
    """Finish a practice that no listener has counted yet."""
    attempt = learning.start_practice(user=user, skill=skill, at=at)
    answer_all(attempt, right=right, at=at)
    kept = bus._durable.pop(PracticeCompleted)
    try:
        learning.finish_attempt(attempt=attempt, at=at)
    finally:
        bus._durable[PracticeCompleted] = kept
    return Result.objects.select_related(*LOADED).get(pk=attempt.pk)


BANDS = ("", *rules.BANDS)


def make_standings(subject: Subject, count: int) -> list[Standing]:
    """Create learners of all bands, each with an empty standing."""
    first = User.objects.count()
    people = User.objects.bulk_create([User(username=f"u{first + n}", email=None) for n in range(count)])
    rows = [
        Standing(
            user=user,
            subject=subject,
            period="all",
            band=BANDS[n % 4],
            joined_at=EPOCH,
            reached_at=EPOCH,
            audited_at=EPOCH,
        )
        for n, user in enumerate(people)
    ]
    return Standing.objects.bulk_create(rows)


def play(standing: Standing, score: int, minute: int) -> None:
    """Add one result, as the service writes it."""
    before = standing.keys()
    fact = ScoredResult(f"{standing.pk}.{minute}", score, 10 + score % 3, score // 20, 5, minute * 60_000_000)
    standing.take(standing.totals.plus(fact))
    standing.save(update_fields=MUTABLE)
    RankDelta.objects.bulk_create(deltas_between(standing, before, standing.band))


def ranks_by_window(board: Board) -> dict[int, int]:
    rows = Standing.objects.all().on(board).values_list("pk", flat=True)
    return {pk: place for place, pk in enumerate(rows, start=1)}


def ranks_by_checkpoint(board: Board) -> dict[int, int]:
    rows = Standing.objects.all().on(board)
    return {row.pk: Standing.objects.all().rank(board, row.key(board.metric) or b"") for row in rows}
