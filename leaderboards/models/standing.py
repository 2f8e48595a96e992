from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from leaderboards import rules
from leaderboards.rules import Board, Score, ScoreTotals
from viral_engine.kernel.hiding import HiddenWith
from viral_engine.learning.models import Attempt, Subject

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """Microseconds since the epoch, exactly; a float would round."""
    return (instant - EPOCH) // timedelta(microseconds=1)


ON_A_ROW = [
    *(
        "user_id",
        "subject_id",
        "results",
        "points",
        "xp",
        "correct",
        "total",
        "first_scores",
        "last_scores",
        "reached_at",
    ),
    *(f"user__{name}" for name in ("username", "first_name", "last_name", "avatar", "role", "birthdate")),
]
# One statement, so that checkpoints, deltas and rows are from one moment. The rank is the sum of the count at the
# nearest checkpoint above the learner, the deltas since that count, and the learners in between.
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
        """Standings ranked on the board, best first."""
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
        """The first places; 1 query along the index, for any board size."""
        return list(self.on(board).for_rows()[:count])

    def for_rows(self) -> Self:
        """Load only the columns a board shows."""
        return self.select_related("user").only(*ON_A_ROW)

    def tops_of_cohorts(self, cohort_ids: Collection[int], count: int) -> list[Any]:
        """The best averages of all time in each cohort and subject, with their `place`; 1 query."""
        cohort = F("user__memberships__cohort_id")
        ranked = self.filter(
            user__memberships__cohort__in=cohort_ids, period=rules.ALL_TIME, average_key__isnull=False
        ).annotate(
            cohort_id=cohort,
            place=Window(RowNumber(), partition_by=[cohort, "subject_id"], order_by="-average_key"),
        )
        return list(ranked.filter(place__lte=count).for_rows().order_by("cohort_id", "subject_id", "place"))

    def around(self, board: Board, key: bytes, count: int) -> tuple[list["Standing"], list["Standing"]]:
        """The neighbors ahead of a key and behind it, nearest first; 2 queries along the index."""
        column, rows = f"{board.metric}_key", self.on(board).for_rows()
        ahead = rows.filter(**{f"{column}__gt": key}).order_by(column)[:count]
        behind = rows.filter(**{f"{column}__lt": key})[:count]
        return list(ahead), list(behind)

    def rank(self, board: Board, key: bytes) -> int:
        """The rank of a key: the number of learners ahead plus one; 1 query.

        Cost  at most some thousand index entries for a board of a subject or band; all entries of a cohort or of
              newcomers, which are few.
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
    """The totals of one learner's results in one subject, for all time or for one ISO week.

    The three keys sort like the boards; they are null while the learner is hidden or has too few results.
    """

    shared = HiddenWith("standings.refresh_person and refresh_child")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="standings")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="standings")
    period = models.CharField(max_length=8, help_text="`all`, or an ISO week as 2026-W10.")
    band = models.CharField(max_length=4, blank=True, default="")
    joined_at = models.DateTimeField(help_text="When the account was created, for the boards of newcomers.")
    is_shown = models.BooleanField(default=True)
    results = models.PositiveIntegerField(default=0)
    points = models.PositiveIntegerField(default=0, help_text="Sum of the scores.")
    xp = models.PositiveIntegerField(default=0)
    correct = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    streak_days = models.PositiveIntegerField(default=0, help_text="The longest streak when a result was counted.")
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
            first=_scores(self.first_scores),
            last=_scores(self.last_scores),
        )

    def key(self, metric: str) -> bytes | None:
        value = {"xp": self.xp_key, "average": self.average_key, "improvement": self.improvement_key}[metric]
        return None if value is None else bytes(value)

    def keys(self) -> dict[str, bytes | None]:
        return {metric: self.key(metric) for metric in rules.METRICS}

    def take(self, totals: ScoreTotals) -> None:
        """Copy the totals into the row and compute its keys; does not save."""
        self.results, self.points, self.xp = totals.results, totals.points, totals.xp
        self.correct, self.total = totals.correct, totals.total
        self.first_scores, self.last_scores = list(totals.first), list(totals.last)
        self.reached_at = EPOCH + timedelta(microseconds=totals.reached_us)
        keys = rules.rank_keys(totals, streak_days=self.streak_days, user_id=self.user_id, shown=self.is_shown)
        self.xp_key, self.average_key, self.improvement_key = (keys[metric] for metric in rules.METRICS)


def _scores(stored: Any) -> tuple[Score, ...]:
    """Stored scores; none where the column is malformed, and then the audit writes it again."""
    try:
        found = tuple((at, attempt, score) for at, attempt, score in stored)
    except (TypeError, ValueError):
        return ()
    is_sound = all(isinstance(at, int) and isinstance(score, int) and isinstance(one, str) for at, one, score in found)
    return found if is_sound else ()


class CountedResult(models.Model):
    """Marks the result of an attempt as counted; the unique row is the claim."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, primary_key=True, related_name="counted")
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.attempt_id)[:8]
