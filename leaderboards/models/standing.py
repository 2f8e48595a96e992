from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q

from leaderboards import rules
from leaderboards.rules import Board, ScoreTotals
from viral_engine.learning.models import Attempt, Subject

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """Exact, as floats of today's epoch are not."""
    return (instant - EPOCH) // timedelta(microseconds=1)


ON_A_ROW = [
    *("user_id", "results", "points", "xp", "correct", "total", "first_scores", "last_scores", "reached_at"),
    *(f"user__{name}" for name in ("username", "first_name", "last_name", "avatar")),
]
# One statement, so that marks, moves and rows are of one moment. `ahead` counts keys above the nearest mark that is not
# below the learner; moves are what has changed since that was counted; the rest is a short stretch of the index.
RANK = """
WITH mark AS (
  SELECT key, ahead FROM leaderboards_rankcheckpoint
  WHERE subject_id = %(subject)s AND period = %(period)s AND metric = %(metric)s AND band = %(band)s AND key >= %(key)s
  ORDER BY key LIMIT 1)
SELECT 1 + coalesce((SELECT ahead FROM mark), 0)
  + (SELECT count(CASE WHEN m.new_key > mark.key THEN 1 END) - count(CASE WHEN m.old_key > mark.key THEN 1 END)
     FROM leaderboards_rankdelta m, mark
     WHERE m.subject_id = %(subject)s AND m.period = %(period)s AND m.metric = %(metric)s {of_band_m})
  + (SELECT count(*) FROM leaderboards_standing s
     WHERE s.subject_id = %(subject)s AND s.period = %(period)s {of_band_s}
       AND s.{metric}_key > %(key)s AND s.{metric}_key <= coalesce((SELECT key FROM mark), %(above_all)s))
"""


class StandingQuerySet(models.QuerySet["Standing"]):
    def on(self, board: Board) -> Self:
        """Who is ranked on the board, best first."""
        key = f"{board.metric}_key"
        rows = self.filter(**{"subject_id": board.subject_id, "period": board.period, f"{key}__isnull": False})
        if board.band:
            rows = rows.filter(band=board.band)
        if board.newcomers_since is not None:
            rows = rows.filter(joined_at__gt=board.newcomers_since)
        if board.cohort_id is not None:
            rows = rows.filter(user__memberships__cohort_id=board.cohort_id)
        return rows.order_by(f"-{key}")

    def top(self, board: Board, count: int) -> list["Standing"]:
        """1 query, along the index, whatever the size of the board."""
        return list(self.on(board).for_rows()[:count])

    def for_rows(self) -> Self:
        """What a row on a board says, and no more: a board is read far more often than a person."""
        return self.select_related("user").only(*ON_A_ROW)

    def around(self, board: Board, key: bytes, count: int) -> tuple[list["Standing"], list["Standing"]]:
        """The next ones ahead of a key and behind it, each nearest first; 2 queries along the index."""
        column, rows = f"{board.metric}_key", self.on(board).for_rows()
        ahead = rows.filter(**{f"{column}__gt": key}).order_by(column)[:count]
        behind = rows.filter(**{f"{column}__lt": key})[:count]
        return list(ahead), list(behind)

    def rank(self, board: Board, key: bytes) -> int:
        """How many are ahead of a key, plus one; 1 query.

        Cost  a stretch of some thousand index entries at most for a board of a subject or band; for a cohort or the
              newcomers, all of them, who are few.
        """
        if board.cohort_id is not None or board.newcomers_since is not None:
            return self.on(board).order_by().filter(**{f"{board.metric}_key__gt": key}).count() + 1
        of_band = {f"of_band_{alias}": f"AND {alias}.band = %(band)s" if board.band else "" for alias in "ms"}
        statement = RANK.format(metric=rules.METRICS[rules.METRICS.index(board.metric)], **of_band)
        named: dict[str, int | str] = {
            "subject": board.subject_id,
            "period": board.period,
            "metric": board.metric,
            "band": board.band,
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, {**named, "key": key, "above_all": rules.ABOVE_ALL})
            return int(cursor.fetchone()[0])


class Standing(models.Model):
    """What one learner's results in one subject come to, of all time or of one ISO week.

    The three keys sort as the boards do; null where the learner is not ranked: too few results, or not shown.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="standings")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="standings")
    period = models.CharField(max_length=8, help_text="`all`, or an ISO week as 2026-W10.")
    band = models.CharField(max_length=4, blank=True, default="")
    joined_at = models.DateTimeField(help_text="When the account was made: newcomers have boards of their own.")
    is_shown = models.BooleanField(default=True)
    results = models.PositiveIntegerField(default=0)
    points = models.PositiveIntegerField(default=0, help_text="Sum of the scores.")
    xp = models.PositiveIntegerField(default=0)
    correct = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    streak_days = models.PositiveIntegerField(default=0, help_text="The longest streak seen when a result was counted.")
    first_scores = models.JSONField(default=list)
    last_scores = models.JSONField(default=list)
    reached_at = models.DateTimeField()
    xp_key = models.BinaryField(max_length=rules.KEY_BYTES, null=True)
    average_key = models.BinaryField(max_length=rules.KEY_BYTES, null=True)
    improvement_key = models.BinaryField(max_length=rules.KEY_BYTES, null=True)
    audited_at = models.DateTimeField(help_text="1970: never yet.")

    objects = StandingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "subject", "period", name="standing_once"),
            models.CheckConstraint(condition=Q(correct__lte=F("total")), name="standing_correct_to_total"),
            models.CheckConstraint(condition=Q(points__lte=100 * F("results")), name="standing_points_to_100"),
            models.CheckConstraint(
                condition=Q(is_shown=True) | Q(xp_key=None, average_key=None, improvement_key=None),
                name="standing_hidden_is_not_ranked",
            ),
        ]
        indexes = [
            *(
                models.Index(
                    "subject",
                    "period",
                    f"{name}_key",
                    name=f"standing_{name}",
                    condition=Q((f"{name}_key__isnull", False)),
                )
                for name in rules.METRICS
            ),
            *(
                models.Index(
                    "subject",
                    "period",
                    "band",
                    f"{name}_key",
                    name=f"standing_band_{name}",
                    condition=Q((f"{name}_key__isnull", False)),
                )
                for name in rules.METRICS
            ),
            models.Index("subject", "period", "joined_at", name="standing_newcomers"),
            models.Index("audited_at", name="standing_audited"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in subject {self.subject_id}, {self.period}"

    @property
    def totals(self) -> ScoreTotals:
        return ScoreTotals(
            results=self.results,
            points=self.points,
            xp=self.xp,
            correct=self.correct,
            total=self.total,
            reached_us=microseconds(self.reached_at),
            first=tuple((at, attempt, score) for at, attempt, score in self.first_scores),
            last=tuple((at, attempt, score) for at, attempt, score in self.last_scores),
        )

    def key(self, metric: str) -> bytes | None:
        value: Any = getattr(self, f"{metric}_key")
        return None if value is None else bytes(value)

    def keys(self) -> dict[str, bytes | None]:
        return {metric: self.key(metric) for metric in rules.METRICS}

    def take(self, totals: ScoreTotals) -> None:
        """The row says what the tally says, keys included; not saved."""
        self.results, self.points, self.xp = totals.results, totals.points, totals.xp
        self.correct, self.total = totals.correct, totals.total
        self.first_scores, self.last_scores = list(totals.first), list(totals.last)
        self.reached_at = EPOCH + timedelta(microseconds=totals.reached_us)
        keys = rules.rank_keys(totals, streak_days=self.streak_days, user_id=self.user_id, shown=self.is_shown)
        for metric, key in keys.items():
            setattr(self, f"{metric}_key", key)


class CountedResult(models.Model):
    """This attempt's result is in its learner's standings; the unique row is the claim."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, primary_key=True, related_name="counted")
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.attempt_id)[:8]
