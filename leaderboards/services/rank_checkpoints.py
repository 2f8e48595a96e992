"""Marks keep the question "how many are ahead" short: a few numbers, a few moves, a stretch of an index."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate, pairwise

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from leaderboards import rules
from leaderboards.models import RankCheckpoint, RankDelta, Standing
from leaderboards.rules import Board

SPACING = 500  # learners between two marks when they are set
MAX_GAP = 4 * SPACING  # a gap that has grown this wide has the board counted anew
MIN_SIZE = 5_000  # a board of fewer is counted along its index every time
MAX_DELTAS = 20_000  # folded at once
FLOOR = b""  # the mark below everybody

# One statement, so that ranks and the moves they contain are of one moment.
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
    """Moves are in the marks, boards that grew large have marks, those of past weeks have none; returns the moves.

    Cost  a read of the moves, whatever the size of a board; a board is counted through only when it has grown so much
          that a stretch between two marks became long.
    """
    current = (rules.ALL_TIME, rules.week_of(timezone.localdate(at)))
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
    """The moves known so far are in the marks and gone; no rank changes by it. Returns how many.

    The sum of a mark and its moves stays the same in every snapshot, so readers and writers go on meanwhile. Of two
    folds at once the second waits for the rows, and finds none.
    """
    waiting = RankDelta.objects.filter(subject_id=board.subject_id, period=board.period, metric=board.metric)
    moves = list(waiting.order_by("pk").select_for_update()[:MAX_DELTAS])
    by_band: defaultdict[str, list[RankCheckpoint]] = defaultdict(list)
    for mark in checkpoints_of(board).order_by("key"):
        by_band[mark.band].append(mark)
    for band, marks in by_band.items():
        _shift(marks, [move for move in moves if band in ("", move.band)])
    RankDelta.objects.filter(pk__in=[move.pk for move in moves]).delete()
    return len(moves)


def checkpoints_of(board: Board) -> QuerySet[RankCheckpoint]:
    return RankCheckpoint.objects.filter(subject_id=board.subject_id, period=board.period, metric=board.metric)


def _shift(marks: Sequence[RankCheckpoint], moves: Iterable[RankDelta]) -> None:
    """Each mark counts who came above it, and not who left: a key is ahead of all marks below it."""
    keys = [bytes(mark.key) for mark in marks]
    # changes[n]: by how much the first n marks, those below a key, have one more ahead
    changes = [0] * (len(keys) + 1)
    for move in moves:
        if move.new_key is not None:
            changes[bisect_left(keys, bytes(move.new_key))] += 1
        if move.old_key is not None:
            changes[bisect_left(keys, bytes(move.old_key))] -= 1
    gained = list(accumulate(reversed(changes)))[::-1]
    changed = [mark for mark, by in zip(marks, gained[1:], strict=True) if by]
    for mark, by in zip(marks, gained[1:], strict=True):
        mark.ahead += by
    # Written anew: an update of a thousand rows with a number each is ten times slower.
    RankCheckpoint.objects.filter(pk__in=[mark.pk for mark in changed]).delete()
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
    """The board has a mark every 500 learners, over all and in each band, counted anew; returns how many."""
    named: dict[str, int | str] = {
        "subject": board.subject_id,
        "period": board.period,
        "metric": board.metric,
        "apart": SPACING,
    }
    with connection.cursor() as cursor:
        if settings.ON_POSTGRESQL:
            # A million rows are sorted here, once in a long while.
            cursor.execute("SET LOCAL statement_timeout = '60s'; SET LOCAL work_mem = '128MB'")
        cursor.execute(COUNT.format(metric=rules.METRICS[rules.METRICS.index(board.metric)]), named)
        rows = cursor.fetchall()
    marks: dict[tuple[str, bytes], int] = {}
    for key, band, ahead, band_ahead, size, band_size, _ in rows:
        if key is not None:
            for name, count, total in ((band, band_ahead, band_size), ("", ahead, size)):
                marks[name, FLOOR] = total
                if count and count % SPACING == 0:
                    marks[name, bytes(key)] = count
    where = {"subject_id": board.subject_id, "period": board.period, "metric": board.metric}
    checkpoints_of(board).delete()
    RankCheckpoint.objects.bulk_create(
        [RankCheckpoint(**where, band=band, key=key, ahead=ahead) for (band, key), ahead in marks.items()],
        batch_size=500,
    )
    RankDelta.objects.filter(pk__in=[row[-1] for row in rows if row[0] is None]).delete()
    return len(marks)
