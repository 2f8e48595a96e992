"""Ranking, grade bands, leagues and improvement as pure functions."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import floor
from typing import Generic, TypeVar

ALL_TIME = "all"
METRICS = ("xp", "average", "improvement")
BANDS = {"1-5": range(1, 6), "6-8": range(6, 9), "9-12": range(9, 13)}
MIN_RESULTS_FOR_AVERAGE = 3  # results needed for an average
MIN_RESULTS_FOR_IMPROVEMENT = 4  # two at each end
NEWCOMER_FOR = timedelta(days=7)
ENDS = 3  # results compared at each end of a learner's history
ATTEMPT_XP = 10

LEAGUE_SIZE = 30
TIERS = ("Bronze", "Silver", "Gold", "Sapphire", "Diamond")
MAX_MOVED = 5  # learners who move up, and who move down, in one league
LEAGUE_GRACE = timedelta(minutes=10)  # results from Sunday may still be on their way

S = TypeVar("S")
Score = tuple[int, str, int]  # when in microseconds, attempt id, score: sorts by time


# -- Time and people ---------------------------------------------------------------------------------------
def week_of(day: date) -> str:
    """The stored name of the ISO week: 2026-W10."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def first_day(week: str) -> date:
    """The Monday of a week."""
    return date.fromisocalendar(int(week[:4]), int(week[-2:]), 1)


def band_of(grade: int | None) -> str:
    """The grade band; empty without a grade, which only puts a learner on the boards of all bands together."""
    return next((name for name, grades in BANDS.items() if grade in grades), "")


def is_shown(*, is_learner: bool, is_open: bool, wants_it: bool, needs_consent: bool, has_consent: bool) -> bool:
    """Whether a person is visible on boards; hidden people are not ranked."""
    return is_learner and is_open and wants_it and (has_consent or not needs_consent)


# -- A learner's totals ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ScoredResult:
    """The facts of one result that boards need."""

    attempt_id: str
    score: int
    xp: int
    correct: int
    total: int
    finished_us: int


@dataclass(frozen=True, slots=True)
class ScoreTotals:
    """The totals of a learner's results on one board, independent of their order of arrival."""

    results: int = 0
    points: int = 0
    xp: int = 0
    correct: int = 0
    total: int = 0
    reached_us: int = 0  # when the newest result was finished
    first: tuple[Score, ...] = ()
    last: tuple[Score, ...] = ()

    def plus(self, fact: ScoredResult) -> "ScoreTotals":
        score = (fact.finished_us, fact.attempt_id, fact.score)
        return replace(
            self,
            results=self.results + 1,
            points=self.points + fact.score,
            xp=self.xp + fact.xp,
            correct=self.correct + fact.correct,
            total=self.total + fact.total,
            reached_us=max(self.reached_us, fact.finished_us),
            first=tuple(sorted([*self.first, score])[:ENDS]),
            last=tuple(sorted([*self.last, score])[-ENDS:]),
        )

    @property
    def average(self) -> int | None:
        """Average score in hundredths; None before the third result."""
        return floor(100 * self.points / self.results) if self.results >= MIN_RESULTS_FOR_AVERAGE else None

    @property
    def accuracy(self) -> int:
        """Share of right answers, in hundredths of a percent."""
        return 10_000 * self.correct // self.total if self.total else 0

    @property
    def improvement(self) -> int | None:
        """The average of the newest results minus that of the first, in hundredths; None unless positive.

        Compares three with three results, or two with two while there are fewer than six.
        """
        ends = min(ENDS, self.results // 2)
        if self.results < MIN_RESULTS_FOR_IMPROVEMENT:
            return None
        first = sum(score for _, _, score in self.first[:ends])
        last = sum(score for _, _, score in self.last[-ends:])
        return 100 * (last - first) // ends if last > first else None

    def value(self, metric: str) -> int | None:
        return {"xp": self.xp, "average": self.average, "improvement": self.improvement}[metric]


def recount(facts: Sequence[ScoredResult]) -> ScoreTotals:
    totals = ScoreTotals()
    for fact in facts:
        totals = totals.plus(fact)
    return totals


@dataclass(frozen=True, slots=True)
class Board:
    """A board: subject, period and metric, narrowed by cohort, grade band or newcomers."""

    subject_id: int
    period: str = ALL_TIME
    metric: str = "xp"
    band: str = ""
    cohort_id: int | None = None
    newcomers_since: datetime | None = None


# -- Order -------------------------------------------------------------------------------------------------
_KEY = struct.Struct(">IHHQQ")
_FAR = 2**63 - 1
KEY_BYTES = _KEY.size
ABOVE_ALL = b"\xff" * KEY_BYTES


def rank_key(*, value: int, accuracy: int, streak_days: int, reached_us: int, user_id: int) -> bytes:
    """Bytes that sort like the board: a greater key is ahead, and no two are equal.

    Order: value, accuracy, streak, who got there first, the older account.
    """
    capped = min(value, 2**32 - 1), min(accuracy, 2**16 - 1), min(streak_days, 2**16 - 1)
    return _KEY.pack(*capped, _FAR - reached_us, _FAR - user_id)


def rank_keys(totals: ScoreTotals, *, streak_days: int, user_id: int, shown: bool) -> dict[str, bytes | None]:
    """The key for each metric; None where the learner is not ranked."""
    keys: dict[str, bytes | None] = dict.fromkeys(METRICS)
    for metric in METRICS if shown else ():
        value = totals.value(metric)
        if value is not None:
            keys[metric] = rank_key(
                value=value,
                accuracy=totals.accuracy,
                streak_days=streak_days,
                reached_us=totals.reached_us,
                user_id=user_id,
            )
    return keys


def points(hundredths: int) -> str:
    """Hundredths as text: 8333 becomes 83.3."""
    return f"{hundredths // 10 / 10:.1f}".removesuffix(".0")


def to_pass(metric: str, mine: ScoreTotals, theirs: ScoreTotals) -> str:
    """Advice for the learner on getting ahead of the next person."""
    if metric == "xp":
        return _xp_to_pass(theirs.xp - mine.xp + 1)
    gap = (theirs.value(metric) or 0) - (mine.value(metric) or 0)
    if metric == "improvement":
        return f"Raise your newest results by {points(gap + 10)} points on average."
    return _attempts_to_pass(mine, theirs.average or 0)


def _xp_to_pass(xp: int) -> str:
    attempts = -(-xp // ATTEMPT_XP)
    how = "practice once more." if attempts == 1 else f"practice {attempts} times, or fewer with perfect scores."
    return f"You need {xp} XP more: {how}"


def _attempts_to_pass(mine: ScoreTotals, target: int) -> str:
    """A perfect attempt adds 100 points: n of them lift the average over `target` once n > need / spare."""
    spare = 10_000 - target
    if spare <= 0:
        return "Nobody can beat a perfect average. Reach it, and right answers and streaks decide."
    need = target * mine.results - 100 * mine.points
    attempts = max(need // spare + 1, 1)
    return "One perfect score is enough." if attempts == 1 else f"{attempts} perfect scores are enough."


# -- Leagues -----------------------------------------------------------------------------------------------
def zone(seats: int) -> int:
    """The number who move up, and who move down: a third of the league, at most five."""
    return min(MAX_MOVED, seats // 3)


@dataclass(frozen=True, slots=True)
class LeaguePlace(Generic[S]):
    seat: S
    rank: int
    move: int  # 1 up, -1 down, 0 stays


def league_table(ordered: Sequence[S], *, tier: int, xp: Sequence[int]) -> list[LeaguePlace[S]]:
    """Ranks and moves, best first. Nobody moves beyond the top or bottom tier, or up without XP."""
    moved, places = zone(len(ordered)), []
    for index, (seat, earned) in enumerate(zip(ordered, xp, strict=True)):
        goes_up = index < moved and tier < len(TIERS) and earned > 0
        goes_down = index >= len(ordered) - moved and tier > 1
        places.append(LeaguePlace(seat, index + 1, 1 if goes_up else -1 if goes_down else 0))
    return places
