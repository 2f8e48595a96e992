from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Sum

from leaderboards import rules
from leaderboards.events import LeagueClosed
from leaderboards.models import League, LeagueSeat, Standing
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce

RESEATED_FOR = timedelta(days=1)  # a seat taken while its league closed is found by the next run, or after an outage


def take_seat(*, user: User, week: str, finished_at: datetime) -> None:
    """Give a learner a seat of the week, with everything the week holds so far; none once the week is over.

    The caller holds the transaction, and has added the result to the learner's standings.

    Cost  6 statements, 3 of them again for each race lost.
    """
    league = _league_with_room(week=week, band=rules.band_of(user.grade), tier=tier_of(user))
    if league is not None:
        streak_days = user.progress.streak_days
        LeagueSeat.objects.create(
            league=league, week=week, user=user, streak_days=streak_days, reached_at=finished_at, **_sums(user, week)
        )


def _sums(user: User, week: str) -> dict[str, int]:
    """The learner's totals of the week over all subjects, including this result."""
    mine = Standing.objects.filter(user=user, period=week)
    return mine.aggregate(xp=Sum("xp"), correct=Sum("correct"), total=Sum("total"))


def tier_of(user: User) -> int:
    """The learner's tier after their last closed week; new learners start at the bottom."""
    last = LeagueSeat.objects.filter(user=user, next_tier__isnull=False).order_by("-week")
    return last.values_list("next_tier", flat=True).first() or 1


def _league_with_room(*, week: str, band: str, tier: int) -> League | None:
    """Claim a place in a league; None when the week is over."""
    while not League.objects.filter(week=week, closed_at__isnull=False).exists():
        leagues = list(League.objects.with_room(week=week, band=band, tier=tier)[:3])
        for league in leagues:
            claimed = League.objects.filter(pk=league.pk, closed_at=None, seats_taken__lt=rules.LEAGUE_SIZE)
            if claimed.update(seats_taken=F("seats_taken") + 1):
                return league
        if leagues:  # others took the last places and may have opened the next league
            continue
        try:
            with transaction.atomic():
                return _open_league(week=week, band=band, tier=tier)
        except IntegrityError:
            continue  # another learner opened it just now: take a place there
    return None


def _open_league(*, week: str, band: str, tier: int) -> League:
    last = League.objects.filter(week=week, band=band, tier=tier).aggregate(last=Max("number"))["last"] or 0
    return League.objects.create(week=week, band=band, tier=tier, number=last + 1, seats_taken=1)


def close_ended_leagues(*, at: datetime, limit: int = 500) -> int:
    """Close the leagues of past weeks and seat early starters in their new tier; returns how many were closed.

    Two calls at once close each league once, because the first update of `closed_at` is the claim.
    """
    this_week = rules.week_of(today(at - rules.LEAGUE_GRACE))
    ended = League.objects.filter(closed_at=None, week__lt=this_week)
    closed = 0
    for week in list(ended.order_by("week").values_list("week", flat=True).distinct()):
        for league in ended.filter(week=week).order_by("pk")[: limit - closed]:
            closed += close_league(league=league, at=at)
        _reseat_early_starters(at)  # before a later week closes, which happens after an outage
    if not closed:
        _reseat_early_starters(at)
    return closed


def _reseat_early_starters(at: datetime) -> None:
    for seat in LeagueSeat.objects.all().in_another_tier(closed_since=at - RESEATED_FOR):
        _reseat(seat)


@transaction.atomic
def _reseat(seat: LeagueSeat) -> None:
    """Move a seat that was taken before last week's league closed into a league of the learner's new tier."""
    new = _league_with_room(week=seat.week, band=seat.league.band, tier=tier_of(seat.user))
    if new is None:
        return
    mine = LeagueSeat.objects.filter(pk=seat.pk, league=seat.league_id, next_tier=None)
    left = seat.league_id if mine.update(league=new) else new.pk  # another run moved it: give the place back
    League.objects.filter(pk=left).update(seats_taken=F("seats_taken") - 1)


@transaction.atomic
def close_league(*, league: League, at: datetime) -> bool:
    """Set the final ranks and next tiers of a league; False when it is already closed.

    Hidden learners keep their tier, without a rank.

    Cost      5 statements for any number of seats.
    Announces LeagueClosed.
    """
    if not League.objects.filter(pk=league.pk, closed_at=None).update(closed_at=at):
        return False
    # Lock first, then read: a statement that waits for a lock returns new values in the old order.
    mine = LeagueSeat.objects.filter(league=league)
    list(mine.select_for_update().order_by("pk").values_list("pk"))
    seats = list(mine.in_order())
    for seat in seats:
        seat.next_tier = league.tier
    shown = [seat for seat in seats if seat.is_shown]
    table = rules.league_table(shown, tier=league.tier, xp=[seat.xp for seat in shown])
    for place in table:
        place.seat.final_rank, place.seat.next_tier = place.rank, league.tier + place.move
    LeagueSeat.objects.bulk_update(seats, ["final_rank", "next_tier"])
    moves = {str(place.seat.user_id): place.move for place in table}
    closed = LeagueClosed(league_id=league.pk, week=league.week, tier=league.tier, moves=moves)
    announce(closed, at=at, key=f"league_closed:{league.pk}")
    return True


def closes_on(week: str) -> date:
    """The Monday on which the week's leagues close."""
    return rules.first_day(week) + timedelta(days=7)
