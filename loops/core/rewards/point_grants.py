"""Grants of points to many people at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from loops.core.rewards.grants import (
    DailyCapReached,
    GrantRefused,
    announced_key,
    grant_reward,
    granted_event,
    record_refusals,
)
from loops.models import DailyRewardTotal, RewardEntry, RewardTerms
from loops.rules.economy import Reward
from viral_engine.accounts.models import User
from viral_engine.kernel import clock
from viral_engine.kernel.services import announce_all

KIND = "points"


@dataclass(frozen=True, slots=True)
class PointGrant:
    """Points for one action of one person; `key` makes it once."""

    user: User
    points: int
    reason: str
    key: str

    @property
    def features(self) -> dict[str, object]:
        return {"kind": KIND, "amount": self.points, "loop": "", "key": self.key}


@transaction.atomic
def grant_points(wanted: Iterable[PointGrant], *, at: datetime) -> int:
    """Grant points once per key to many people; returns how many grants were new.

    A grant over its person's daily cap is refused and logged. People in debt are granted one at a time.

    Cost      8 statements, however many grants; 1 more for the day's first of anybody and 1 more with refusals.
    Announces RewardGranted for each grant.
    """
    asked = {grant.key: grant for grant in wanted}
    known = set(RewardEntry.objects.filter(key__in=asked).values_list("key", flat=True))
    new = [grant for key, grant in asked.items() if key not in known]
    if not new:
        return 0
    terms = RewardTerms.objects.all().of(KIND)
    singly = _in_debt(new) if not terms.cost_cents else {grant.user.pk for grant in new}
    fitting, refused = _within_cap([grant for grant in new if grant.user.pk not in singly], terms, clock.today(at))
    _write(fitting, terms, at)
    record_refusals([(DailyCapReached(terms), grant.user, grant.features) for grant in refused], at=at)
    return len(fitting) + sum(_grant_singly(grant, at) for grant in new if grant.user.pk in singly)


def _in_debt(grants: Sequence[PointGrant]) -> set[int]:
    people = [grant.user.pk for grant in grants]
    return set(RewardEntry.objects.filter(user__in=people, kind=KIND).in_debt().values_list("user_id", flat=True))


def _grant_singly(grant: PointGrant, at: datetime) -> bool:
    try:
        grant_reward(user=grant.user, kind=KIND, amount=grant.points, reason=grant.reason, key=grant.key, at=at)
    except GrantRefused:
        return False
    return True


def _within_cap(grants: Sequence[PointGrant], terms: Reward, on: date) -> tuple[list[PointGrant], list[PointGrant]]:
    """Count the grants that fit under their person's daily cap; returns those and the others."""
    totals = _locked_totals({grant.user.pk for grant in grants}, on)
    fitting: list[PointGrant] = []
    refused: list[PointGrant] = []
    for grant in grants:
        total = totals[grant.user.pk]
        fits = total.granted + grant.points <= terms.daily_cap
        total.granted += grant.points if fits else 0
        (fitting if fits else refused).append(grant)
    DailyRewardTotal.objects.bulk_update(totals.values(), ["granted"])
    return fitting, refused


def _locked_totals(people: set[int], on: date) -> dict[int, DailyRewardTotal]:
    """Each person's row of the day, made where missing, locked in the order of their ids."""
    rows = DailyRewardTotal.objects.filter(user__in=people, kind=KIND, on=on).order_by("user").select_for_update()
    found = {row.user_id: row for row in rows}
    if missing := sorted(people - found.keys()):
        fresh = [DailyRewardTotal(user_id=user_id, kind=KIND, on=on) for user_id in missing]
        DailyRewardTotal.objects.bulk_create(fresh, ignore_conflicts=True)
        found = {row.user_id: row for row in rows.all()}
    return found


def _write(grants: Sequence[PointGrant], terms: Reward, at: datetime) -> None:
    if not grants:
        return
    entries = [
        RewardEntry(
            user=grant.user,
            kind=KIND,
            cause=RewardEntry.Cause.GRANT,
            amount=grant.points,
            left=grant.points,
            reason=grant.reason,
            key=grant.key,
            at=at,
            expires_at=at + terms.lasts if terms.lasts else None,
        )
        for grant in grants
    ]
    RewardEntry.objects.bulk_create(entries)
    announce_all([(granted_event(entry), announced_key(entry)) for entry in entries], at=at)
