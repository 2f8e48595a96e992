"""Reads of the board and league pages, each with its number of queries."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from leaderboards import rules
from leaderboards.forms import METRICS, PERIODS
from leaderboards.models import LeagueSeat, Standing
from leaderboards.rules import Board, LeaguePlace
from leaderboards.services.leagues import closes_on, tier_of
from viral_engine.accounts.models import User, load_disclosures
from viral_engine.accounts.models.user import Avatar
from viral_engine.accounts.rules import is_minor
from viral_engine.kernel import clock
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject

TOP = 10
NEIGHBORS = 2
SOMEONE = "A learner"  # a minor, to strangers
EMPTY = {
    "xp": "Nobody is on this board yet. Practice once to get on it.",
    "average": "Nobody is on this board yet. It takes three results.",
    "improvement": "Nobody is on this board yet. It takes four results, and the newest must beat the first.",
}
NO_IDS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One learner on a board, the same for every viewer; without id and name where strangers may not read them."""

    rank: int
    user_id: int | None
    name: str
    avatar: str
    value: str
    is_me: bool = False
    measured: int = 0  # XP, or hundredths of a point

    def as_payload(self) -> dict[str, Any]:
        return {"rank": self.rank, "user_id": self.user_id, "name": self.name, "value": self.value}

    def as_top_user(self) -> dict[str, Any]:
        """The row of a board of averages."""
        who = {"rank": self.rank, "user_id": self.user_id, "name": self.name, "avatar": self.avatar}
        return who | {"avg_score": self.measured / 100}


@dataclass(frozen=True, slots=True)
class BoardTop:
    """The first places of one board."""

    period: str  # week | all
    metric: str
    rows: list[BoardRow]

    @property
    def title(self) -> str:
        return f"{METRICS[self.metric]}, {PERIODS[self.period].lower()}"

    @property
    def empty(self) -> str:
        return EMPTY[self.metric]


@dataclass(frozen=True, slots=True)
class Boards:
    """All boards of a subject, or of a cohort in it; a push sends them together."""

    subject: Subject
    cohort_id: int | None
    panels: list[BoardTop]

    @property
    def root(self) -> str:
        return root_of(self.subject.slug, self.cohort_id)

    def top_users(self) -> list[dict[str, Any]]:
        """The best averages of all time."""
        averages = (panel for panel in self.panels if (panel.period, panel.metric) == ("all", "average"))
        return [row.as_top_user() for panel in averages for row in panel.rows]


def root_of(slug: str, cohort_id: int | None) -> str:
    return f"board-{slug}" if cohort_id is None else f"board-cohort-{cohort_id}-{slug}"


def topic_of(slug: str, cohort_id: int | None) -> str:
    return f"leaderboard:{slug}" if cohort_id is None else f"leaderboard:cohort:{cohort_id}:{slug}"


def period_of(period: str, at: datetime) -> str:
    """The stored name of the current week or of all time."""
    return rules.week_of(clock.today(at)) if period == "week" else rules.ALL_TIME


def boards_of(subject: Subject, cohort_id: int | None, at: datetime, hidden: Collection[int] = NO_IDS) -> Boards:
    """All boards of a subject. Cost  6 queries for any size of board or cohort."""
    panels = [
        BoardTop(period, metric, top_of(Board(subject.pk, period_of(period, at), metric, cohort_id=cohort_id), hidden))
        for period in PERIODS
        for metric in METRICS
    ]
    return Boards(subject, cohort_id, panels)


def top_of(board: Board, hidden: Collection[int] = NO_IDS) -> list[BoardRow]:
    """The first ten without hidden people, whose places stay empty. Cost  1 query, 1 more with children."""
    found = Standing.objects.all().top(board, TOP)
    load_disclosures(one.user for one in found)
    ranked = enumerate(found, start=1)
    return [_seen_row(one, rank, board) for rank, one in ranked if one.user_id not in hidden]


def row_of(standing: Standing, rank: int, metric: str, *, is_me: bool = False) -> BoardRow:
    measured, user = standing.totals.value(metric) or 0, standing.user
    value = format_value(metric, measured)
    return BoardRow(rank, standing.user_id, user.display_name, user.avatar, value, is_me, measured)


def _seen_row(standing: Standing, rank: int, board: Board) -> BoardRow:
    """The row as anybody may read it: on a board that strangers read, a minor has no name."""
    row = row_of(standing, rank, board.metric)
    is_named = board.cohort_id is not None or not is_minor_today(standing.user)
    return row if is_named else replace(row, user_id=None, name=SOMEONE, avatar=Avatar.VIOLET)


def is_minor_today(user: User) -> bool:
    return is_minor(user.age_on(clock.today(now())))


def format_value(metric: str, value: int) -> str:
    if metric == "xp":
        return f"{value} XP"
    return f"{rules.points(value)}%" if metric == "average" else f"+{rules.points(value)}"


def cohort_boards(cohort_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """The first ten of each cohort in each subject, by the average score of all time.

    Shape  {3: [{"subject": "math", "top_users": [{"rank": 1, "user_id": 4, "name": "Ada L.", "avatar": "mint",
           "avg_score": 83.3}], "updated_at": "2026-03-04T15:00:00+00:00"}, ...]}
    Cost   2 queries for any number of cohorts and learners, 1 more with children who have a first name.
    """
    at = now().isoformat()
    boards = {
        pk: {subject.pk: board_payload(subject.slug, [], at) for subject in Subject.objects.all()} for pk in cohort_ids
    }
    best = Standing.objects.all().tops_of_cohorts(cohort_ids, TOP)
    load_disclosures(one.user for one in best)
    for one in best:
        boards[one.cohort_id][one.subject_id]["top_users"].append(row_of(one, one.place, "average").as_top_user())
    return {pk: list(found.values()) for pk, found in boards.items()}


def board_payload(subject: str, top_users: list[dict[str, Any]], updated_at: str) -> dict[str, Any]:
    """One subject's best averages, as programs read them on joining and with each update."""
    return {"subject": subject, "top_users": top_users, "updated_at": updated_at}


# -- My place ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class MyPlace:
    """The viewer's place; without rows, `note` explains why."""

    rows: list[BoardRow]
    rank: int | None = None
    next_name: str = ""
    to_pass: str = ""
    note: str = ""


def place_of(user: User, board: Board, hidden: Collection[int] = NO_IDS) -> MyPlace:
    """The viewer's place with neighbors. Cost  4 queries; 1 when they are not on the board."""
    mine = Standing.objects.filter(user=user, subject=board.subject_id, period=board.period).first()
    key = mine.key(board.metric) if mine is not None else None
    if mine is None or key is None or not _belongs(mine, board):
        return MyPlace([], note=ineligibility_reason(user, mine, board))
    mine.user = user
    rank = Standing.objects.all().rank(board, key)
    ahead, behind = Standing.objects.all().around(board, key, NEIGHBORS)
    load_disclosures(one.user for one in (*ahead, *behind))
    rows = [_seen_row(one, rank - n, board) for n, one in enumerate(ahead, start=1) if one.user_id not in hidden][::-1]
    rows.append(row_of(mine, rank, board.metric, is_me=True))
    rows += [_seen_row(one, rank + n, board) for n, one in enumerate(behind, start=1) if one.user_id not in hidden]
    rival = next((one for one in ahead if one.user_id not in hidden), None)
    return MyPlace(
        rows=rows,
        rank=rank,
        next_name=_seen_row(rival, rank - 1, board).name if rival else "",
        to_pass=rules.to_pass(board.metric, mine.totals, rival.totals) if rival else "",
    )


def _belongs(mine: Standing, board: Board) -> bool:
    is_new = board.newcomers_since is None or mine.joined_at > board.newcomers_since
    return is_new and board.band in ("", mine.band)


def ineligibility_reason(user: User, mine: Standing | None, board: Board) -> str:
    """Why the viewer is not on a board, and what to do about it."""
    if mine is None:
        return "" if user.role != "student" else "You are not on this board yet. Practice in this subject first."
    if not mine.is_shown:
        return "You are not on the boards, because your activity is hidden. You can change that in your settings."
    if not _belongs(mine, board):
        return "This board is for other learners. Look at the boards of your grade or of everybody."
    if board.metric == "average":
        missing = rules.MIN_RESULTS_FOR_AVERAGE - mine.results
        return f"{missing} more {'result' if missing == 1 else 'results'} and you are on this board."
    if mine.results < rules.MIN_RESULTS_FOR_IMPROVEMENT:
        missing = rules.MIN_RESULTS_FOR_IMPROVEMENT - mine.results
        return f"{missing} more {'result' if missing == 1 else 'results'}, then we compare your newest with your first."
    return "Your newest results are not above your first ones yet. One good result can change that."


# -- Leagues -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LadderRung:
    """One league of the ladder, as a learner sees it from theirs."""

    tier: str
    state: str  # past | now | ahead


@dataclass(frozen=True, slots=True)
class LeaguePage:
    """A learner's league this week; without a seat, `places` is empty and `tier` is where they would start."""

    tier: str
    places: list[LeaguePlace[LeagueSeat]]
    mine: LeaguePlace[LeagueSeat] | None
    last: LeagueSeat | None
    up: str  # the tier above, empty at the top
    down: str
    closes_on: date
    left: timedelta

    @property
    def ladder(self) -> list[LadderRung]:
        """All leagues, lowest first."""
        mine = rules.TIERS.index(self.tier)
        return [
            LadderRung(tier, "past" if number < mine else "now" if number == mine else "ahead")
            for number, tier in enumerate(rules.TIERS)
        ]

    @property
    def time_left_text(self) -> str:
        hours = int(self.left.total_seconds()) // 3600
        days, hours = divmod(max(hours, 0), 24)
        parts = [f"{days} {'day' if days == 1 else 'days'}"] if days else []
        parts += [f"{hours} {'hour' if hours == 1 else 'hours'}"] if hours else []
        return " ".join(parts) or "less than an hour"

    @property
    def last_week_text(self) -> str:
        if self.last is None or self.last.final_rank is None or self.last.next_tier is None:
            return ""
        move = self.last.next_tier - self.last.league.tier
        how = {1: "and moved up to", -1: "and moved down to", 0: "and stay in"}[move]
        return f"Last time you were number {self.last.final_rank} {how} {rules.TIERS[self.last.next_tier - 1]}."


def league_of(
    user: User, at: datetime, hidden: Collection[int] = NO_IDS, friends: Collection[int] = NO_IDS
) -> LeaguePage:
    """A learner's league, in which minors have a name for their friends only. Cost  3 queries, also without a seat."""
    today = clock.today(at)
    week = rules.week_of(today)
    seat = LeagueSeat.objects.filter(user=user, week=week, is_shown=True).select_related("league").first()
    tier = seat.league.tier if seat is not None else tier_of(user)
    places = table_of(seat) if seat is not None else []
    for place in places:
        place.seat.is_named = place.seat.user_id in {user.pk, *friends} or not is_minor_today(place.seat.user)
    closed = LeagueSeat.objects.filter(user=user, final_rank__isnull=False).select_related("league")
    ends = clock.midnight(closes_on(week))
    return LeaguePage(
        tier=rules.TIERS[tier - 1],
        places=[place for place in places if place.seat.user_id not in hidden],
        mine=next((place for place in places if place.seat.user_id == user.pk), None),
        last=closed.order_by("-week").first(),
        up=rules.TIERS[tier] if tier < len(rules.TIERS) else "",
        down=rules.TIERS[tier - 2] if tier > 1 else "",
        closes_on=closes_on(week),
        left=ends - at,
    )


def table_of(seat: LeagueSeat) -> list[LeaguePlace[LeagueSeat]]:
    """The places of a seat's league, best first; 1 query, 1 more with children who have a first name."""
    seats = list(LeagueSeat.objects.filter(league=seat.league_id).shown().in_order().select_related("user"))
    load_disclosures(one.user for one in seats)
    return rules.league_table(seats, tier=seat.league.tier, xp=[one.xp for one in seats])


@dataclass(frozen=True, slots=True)
class HomeStandings:
    """A learner's league and best rank, for the home page."""

    league: LeaguePage
    best: tuple[int, str, str] | None  # rank, subject, name of the period


def home_standings(user: User, at: datetime) -> HomeStandings:
    """The league and the best rank by XP, of this week or else of all time.

    Cost  4 queries, and 1 for each practiced subject.
    """
    rows = Standing.objects.filter(user=user, xp_key__isnull=False).select_related("subject")
    standings = list(rows.filter(period__in=[period_of(period, at) for period in PERIODS]))
    this_week = [one for one in standings if one.period != rules.ALL_TIME]
    return HomeStandings(league_of(user, at), _best(this_week or standings))


def _best(standings: Iterable[Standing]) -> tuple[int, str, str] | None:
    places = [
        (
            Standing.objects.all().rank(Board(one.subject_id, one.period), one.key("xp") or b""),
            one.subject.name,
            "all time" if one.period == rules.ALL_TIME else "this week",
        )
        for one in standings
    ]
    return min(places, default=None)
