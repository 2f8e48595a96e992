"""Measure rank, neighbors and top 10 of a board with a million learners on PostgreSQL against one round trip.

    python -m benchmarks.leaderboard [--learners 1000000] [--reads 1000] [--results 200]

Each learner's standing is the sum of 16 results on average; the results are not built. Baseline: `SELECT 1` on the same
connection. It also measures counting a result, folding rank deltas and rebuilding checkpoints, and compares the rank
with a window function and an index count to show the effect of the checkpoints.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from benchmarks.harness import own_database, report, timed

PEOPLE = """
INSERT INTO accounts_user (password, is_superuser, username, username_key, first_name, last_name, is_staff, is_active,
  date_joined, person_id, role, avatar, current_subject, presence_visible, feed_visible, growth_prompts, email_updates,
  transcription, signup_device, signup_ip_hash, is_simulated, theme, language, grade, birthdate)
SELECT '', false, 'u' || n, 'u' || n, 'Ada', 'Lovelace', false, true, now() - n %% 700 * interval '1 day',
  gen_random_uuid(),
  'student', 'violet', '', true, true, true, true, true, '', '', false, 'violet', 'en', 1 + n %% 12, '2010-01-01'
FROM generate_series(1, %(learners)s) n
"""
# Five questions per attempt: scores are multiples of 20 and most learners have few attempts, so ties are common.
STANDINGS = """
INSERT INTO leaderboards_standing (user_id, subject_id, period, band, joined_at, is_shown, results, points, xp, correct,
  total, streak_days, first_scores, last_scores, reached_at, audited_at, xp_key, average_key, improvement_key)
SELECT id, %(subject)s, %(period)s, band, date_joined, true, results, 20 * correct, xp, correct, 5 * results, streak,
  '[]', '[]', reached_at, '1970-01-01',
  key(xp, accuracy, streak, reached_at, id),
  CASE WHEN results >= 3 THEN key(100 * 20 * correct / results, accuracy, streak, reached_at, id) END,
  CASE WHEN results >= 4 AND id %% 2 = 0 THEN key((100 * (id %% 60) / 3)::int, accuracy, streak, reached_at, id) END
FROM (
  SELECT *, 10000 * correct / (5 * results) AS accuracy, 10 * results + 5 * streak AS xp FROM (
    SELECT *, (5 * results * (0.4 + 0.6 * random()))::int AS correct, least(results, (30 * random() ^ 3)::int) AS streak
    FROM (
      SELECT id, date_joined, now() - random() * interval '90 days' AS reached_at,
        CASE WHEN grade <= 5 THEN '1-5' WHEN grade <= 8 THEN '6-8' ELSE '9-12' END AS band,
        1 + (60 * random() ^ 3)::int AS results
      FROM accounts_user) a) b) c
"""
KEY = """
CREATE FUNCTION key(value int, accuracy int, streak int, reached timestamptz, id bigint) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
  SELECT int4send(value) || substring(int4send(accuracy) from 3) || substring(int4send(streak) from 3)
    || int8send(9223372036854775807 - (extract(epoch from reached) * 1000000)::bigint)
    || int8send(9223372036854775807 - id)
$$
"""
WINDOW = """
SELECT place FROM (
  SELECT user_id, row_number() OVER (ORDER BY xp_key DESC) AS place FROM leaderboards_standing
  WHERE subject_id = %s AND period = 'all' AND xp_key IS NOT NULL) ranked
WHERE user_id = %s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=1_000_000)
    parser.add_argument("--reads", type=int, default=1_000)
    parser.add_argument("--results", type=int, default=200)
    arguments = parser.parse_args()
    with own_database("bench_leaderboard"):
        measure(arguments.learners, arguments.reads, arguments.results)


def build(learners: int) -> int:
    """Create the learners and standings of one subject, and return its id."""
    from django.db import connection

    from viral_engine.learning.models import Subject
    from viral_engine.learning.services.catalogue import load_catalogue

    load_catalogue()
    subject = Subject.objects.get(slug="math")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute(PEOPLE, {"learners": learners})
        cursor.execute(KEY)
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(STANDINGS, {"subject": subject.pk, "period": "all"})
        cursor.execute("VACUUM ANALYZE accounts_user")
        cursor.execute("VACUUM ANALYZE leaderboards_standing")
    return subject.pk


def measure(learners: int, reads: int, results: int) -> None:
    from django.db import connection

    from leaderboards.models import RankCheckpoint, RankDelta, Standing
    from leaderboards.rules import METRICS, Board
    from leaderboards.services import rank_checkpoints

    built = timed(partial(build, learners)) / 1000
    subject_id = Standing.objects.values_list("subject_id", flat=True)[0]
    boards = [Board(subject_id, metric=metric) for metric in METRICS]
    counted = [timed(partial(rank_checkpoints.rebuild_checkpoints, board)) for board in boards]
    print(f"{learners} learners on one board, built in {built:.0f} s; {RankCheckpoint.objects.count()} checkpoints\n")

    dice = Random(7)
    rows = list(Standing.objects.filter(pk__in=dice.sample(range(1, learners), min(reads, learners - 1))))
    asked = [(board, row) for row in rows for board in boards if row.key(board.metric)]
    dice.shuffle(asked)
    check(asked[:5])

    def round_trip() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    baseline = [timed(round_trip) for _ in range(1000)]
    report("baseline: SELECT 1", baseline, baseline=baseline)
    for name, act in reading().items():
        report(name, [timed(partial(act, board, row)) for board, row in asked[:reads]], baseline=baseline)
    for name in ("one counted, pushed result, first of a week", "one counted and pushed result, any later one"):
        report(name, [timed(act) for act in finished_attempts(results)], baseline=baseline)
    moves = RankDelta.objects.count()
    again = [timed(partial(reading()["rank, neighbors and top 10"], board, row)) for board, row in asked[:reads]]
    report(f"rank, neighbors and top 10, {moves} open deltas", again, baseline=baseline)
    report(
        "folding those deltas, per board",
        [timed(partial(rank_checkpoints.fold_deltas, one)) for one in boards],
        baseline=baseline,
    )
    check(asked[:5])
    report("rebuilding the checkpoints of a board", counted, baseline=baseline)
    by_window = [timed(partial(window_rank, subject_id, row.user_id)) for _, row in asked[:5]]
    report("not used: rank by a window function", by_window, baseline=baseline)
    along = [timed(partial(index_rank, board, row)) for board, row in asked[:20]]
    report("not used: rank by a count along the index", along, baseline=baseline)


def reading() -> "dict[str, Callable[..., object]]":
    from leaderboards.models import Standing
    from leaderboards.rules import Board

    places = Standing.objects.all()

    def everything(board: Board, row: Standing) -> None:
        key = row.key(board.metric) or b""
        places.rank(board, key)
        places.around(board, key, 2)
        places.top(board, 10)

    return {
        "rank": lambda board, row: places.rank(board, row.key(board.metric) or b""),
        "neighbors (2 queries)": lambda board, row: places.around(board, row.key(board.metric) or b"", 2),
        "top 10": lambda board, _: places.top(board, 10),
        "rank, neighbors and top 10": everything,
    }


def finished_attempts(results: int) -> "list[Callable[[], object]]":
    """Finished attempts, ready to be counted."""
    from leaderboards.services.results import count_result
    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now
    from viral_engine.learning.models import Attempt, Progress, Result, Skill

    skill, at = Skill.objects.select_related("subject").get(slug="algebra"), now()
    acts: list[Callable[[], object]] = []
    for user in User.objects.order_by("pk")[:results]:
        Progress.objects.get_or_create(user=user)
        attempt = Attempt.objects.create(user=user, subject=skill.subject, skill=skill, started_at=at, finished_at=at)
        facts = {"score": 80, "correct": 4, "total": 5, "duration_s": 60, "xp": 15, "finished_at": at}
        Result.objects.create(attempt=attempt, subject=skill.subject, skill=skill, **facts)
        loaded = Result.objects.select_related("attempt__user__progress", "subject").get(pk=attempt.pk)
        acts.append(partial(count_result, result=loaded, at=at))
    return acts


def window_rank(subject_id: int, user_id: int) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(WINDOW, [subject_id, user_id])
        return int(cursor.fetchone()[0])


def index_rank(board: object, row: object) -> int:
    from leaderboards.models import Standing
    from leaderboards.rules import Board

    assert isinstance(board, Board)  # noqa: S101
    assert isinstance(row, Standing)  # noqa: S101
    ahead = Standing.objects.all().on(board).order_by()
    return ahead.filter(**{f"{board.metric}_key__gt": row.key(board.metric)}).count() + 1


def check(asked: "Sequence[tuple[object, object]]") -> None:
    """Check the ranks, because a fast wrong answer is useless."""
    from leaderboards.models import Standing
    from leaderboards.rules import Board

    for board, row in asked:
        assert isinstance(board, Board)  # noqa: S101
        assert isinstance(row, Standing)  # noqa: S101
        row.refresh_from_db()
        assert Standing.objects.all().rank(board, row.key(board.metric) or b"") == index_rank(board, row)  # noqa: S101


if __name__ == "__main__":
    main()
