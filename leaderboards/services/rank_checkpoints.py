"""Rank checkpoints: counts at every 500th learner and deltas since then make a rank cheap to compute."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate, pairwise

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from leaderboards import rules
from leaderboards.models import RankCheckpoint, RankDelta, Standing
from leaderboards.rules import Board
from viral_engine.kernel.clock import today

SPACING = 500  # learners between two new checkpoints
MAX_GAP = 4 * SPACING  # a wider gap between checkpoints makes the board be recounted
MIN_SIZE = 5_000  # smaller boards have no checkpoints: ranks are counted along the index
MAX_DELTAS = 20_000  # folded in one transaction
FLOOR = b""  # key of the checkpoint below everybody

# One statement, so that ranks and the deltas they include are from one moment.
COUNT = """
SELECT key, band, ahead, band_ahead, size, band_size, 0 FROM (
  SELECT {metric}_key AS key, band,
    row_number() OVER (ORDER BY {metric}_key DESC) - 1 AS ahead,
    row_number() OVER (PARTITION BY band ORDER BY {metric}_key DESC) - 1 AS band_ahead,
    count(*) OVER () AS size,
    count(*) OVER (PARTITION BY band) AS band_size
  FROM leaderboards_standing
  WHERE subject_id = %(subject)s AND period = %(period)s AND {metric}_key IS NOT NULL
) ranked
WHERE ahead %% %(apart)s = 0 OR band_ahead %% %(apart)s = 0
UNION ALL
SELECT NULL, '', 0, 0, 0, 0, id FROM leaderboards_rankdelta
WHERE subject_id = %(subject)s AND period = %(period)s AND metric = %(metric)s
"""


def maintain_checkpoints(*, at: datetime) -> int:
    """Fold deltas into checkpoints, add checkpoints to large boards, drop those of past weeks; returns the deltas.

    Cost  a read of the deltas for any board size; a board is recounted only when a gap between two checkpoints has
          become wide.
    """
    current = (rules.ALL_TIME, rules.week_of(today(at)))
    RankCheckpoint.objects.exclude(period__in=current).delete()
    moved = RankDelta.objects.order_by("subject_id", "period", "metric")
    folded = 0
    for subject_id, period, metric in moved.values_list("subject_id", "period", "metric").distinct():
        board = Board(subject_id, period, metric)
        folded += fold_deltas(board)
        if period in current and _is_due(board):
            rebuild_checkpoints(board)
    return folded


@transaction.atomic
def fold_deltas(board: Board) -> int:
    """Add a board's deltas to its checkpoints and delete them; returns how many. No rank changes.

    The sum of a checkpoint and its deltas is the same in every snapshot, so readers and writers continue meanwhile. Of
    two folds at once, the second waits for the rows and finds none.
    """
    waiting = RankDelta.objects.filter(subject_id=board.subject_id, period=board.period, metric=board.metric)
    deltas = list(waiting.order_by("pk").select_for_update()[:MAX_DELTAS])
    by_band: defaultdict[str, list[RankCheckpoint]] = defaultdict(list)
    for checkpoint in checkpoints_of(board).order_by("key"):
        by_band[checkpoint.band].append(checkpoint)
    for band, checkpoints in by_band.items():
        _shift(checkpoints, [delta for delta in deltas if band in ("", delta.band)])
    RankDelta.objects.filter(pk__in=[delta.pk for delta in deltas]).delete()
    return len(deltas)


def checkpoints_of(board: Board) -> QuerySet[RankCheckpoint]:
    return RankCheckpoint.objects.filter(subject_id=board.subject_id, period=board.period, metric=board.metric)


def _shift(checkpoints: Sequence[RankCheckpoint], deltas: Iterable[RankDelta]) -> None:
    """Update the counts of checkpoints: each delta counts for all checkpoints below its key."""
    keys = [bytes(checkpoint.key) for checkpoint in checkpoints]
    # changes[n]: by how much the counts of the first n checkpoints, those below a key, grow
    changes = [0] * (len(keys) + 1)
    for delta in deltas:
        if delta.new_key is not None:
            changes[bisect_left(keys, bytes(delta.new_key))] += 1
        if delta.old_key is not None:
            changes[bisect_left(keys, bytes(delta.old_key))] -= 1
    gained = list(accumulate(reversed(changes)))[::-1]
    changed = [checkpoint for checkpoint, by in zip(checkpoints, gained[1:], strict=True) if by]
    for checkpoint, by in zip(checkpoints, gained[1:], strict=True):
        checkpoint.ahead += by
    # Delete and insert: updating a thousand rows with different values is ten times slower.
    RankCheckpoint.objects.filter(pk__in=[checkpoint.pk for checkpoint in changed]).delete()
    RankCheckpoint.objects.bulk_create(changed, batch_size=1000)


def _is_due(board: Board) -> bool:
    by_band: defaultdict[str, list[int]] = defaultdict(list)
    for band, ahead in checkpoints_of(board).values_list("band", "ahead").order_by("ahead"):
        by_band[band].append(ahead)
    if not by_band:
        return Standing.objects.all().on(board).order_by()[MIN_SIZE : MIN_SIZE + 1].exists()
    return any(above - below > MAX_GAP for heads in by_band.values() for below, above in pairwise([0, *heads]))


@transaction.atomic
def rebuild_checkpoints(board: Board) -> int:
    """Recount a board and set a checkpoint at every 500th learner, overall and per band; returns how many."""
    named: dict[str, int | str] = {
        "subject": board.subject_id,
        "period": board.period,
        "metric": board.metric,
        "apart": SPACING,
    }
    with connection.cursor() as cursor:
        if settings.ON_POSTGRESQL:
            # This sorts up to a million rows, but rarely.
            cursor.execute("SET LOCAL statement_timeout = '60s'; SET LOCAL work_mem = '128MB'")
        cursor.execute(COUNT.format(metric=rules.METRICS[rules.METRICS.index(board.metric)]), named)
        rows = cursor.fetchall()
    checkpoints: dict[tuple[str, bytes], int] = {}
    for key, band, ahead, band_ahead, size, band_size, _ in rows:
        if key is not None:
            for name, count, total in ((band, band_ahead, band_size), ("", ahead, size)):
                checkpoints[name, FLOOR] = total
                if count and count % SPACING == 0:
                    checkpoints[name, bytes(key)] = count
    where = {"subject_id": board.subject_id, "period": board.period, "metric": board.metric}
    checkpoints_of(board).delete()
    RankCheckpoint.objects.bulk_create(
        [RankCheckpoint(**where, band=band, key=key, ahead=ahead) for (band, key), ahead in checkpoints.items()],
        batch_size=500,
    )
    RankDelta.objects.filter(pk__in=[row[-1] for row in rows if row[0] is None]).delete()
    return len(checkpoints)
