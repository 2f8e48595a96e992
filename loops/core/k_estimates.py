"""K of each loop, learned every night from its own numbers by the definition of docs/growth.md."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Q, Subquery

from loops.models import Link, Loop, Prompt, Referral
from loops.rules.k_factor import WINDOW, Sums, is_new_referee, is_within_window, sums_of
from loops.rules.scoring import K_LOOKBACK, learned_k
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import FvmReached

GUESTS_AT_ONCE = 1000
Exposed = tuple[int, str]  # (user id, loop)


class FirstExposure(NamedTuple):
    role: str
    at: datetime


class FirstValue(NamedTuple):
    """A first value moment that came through a link."""

    referrer_id: int
    loop: str
    actor_id: int | None
    guest_id: str
    credited_id: int | None  # the referrer of the actor's sign-up
    at: datetime


class Account(NamedTuple):
    """The account that a guest has since created."""

    user_id: int
    person_id: str
    credited_id: int | None
    is_counted: bool


def learn_k(*, at: datetime) -> int:
    """Store K by role on every loop; return the number of loops.

    The cohort is the people who were first shown the loop 14 to 90 days ago, so that all have had their 14 days.

    Cost  4 queries, 1 more for every 1,000 guests who reached first value; once a night.
    """
    since = at - K_LOOKBACK
    cohort = _first_exposures(since, at - WINDOW)
    referees = _count_referees(cohort, since)
    sums: defaultdict[tuple[str, str], Sums] = defaultdict(Sums)
    for (user_id, name), exposure in cohort.items():
        sums[name, exposure.role] += sums_of(invites=0, referees=referees[user_id, name], sign_ups=0)
    loops = list(Loop.objects.all())
    for loop in loops:
        loop.learned = {
            role: {
                "exposed": found.people,
                "joined": found.referees,
                "k": learned_k(configured=loop.expected_k, exposed=found.people, joined=found.referees),
            }
            for (name, role), found in sums.items()
            if name == loop.name
        }
    Loop.objects.bulk_update(loops, ["learned"])
    return len(loops)


def _first_exposures(since: datetime, until: datetime) -> dict[Exposed, FirstExposure]:
    """First exposures by person and loop; 1 query."""
    shown = Prompt.objects.filter(shown_at__lt=until, user__in=User.objects.counted()).order_by()
    first = shown.values("user_id", "loop_id", "user__role").annotate(first=Min("shown_at")).filter(first__gte=since)
    return {
        (row["user_id"], row["loop_id"]): FirstExposure(row["user__role"], row["first"]) for row in first.iterator()
    }


def _count_referees(cohort: dict[Exposed, FirstExposure], since: datetime) -> Counter[Exposed]:
    """Referees of each exposed person; 1 query, and 1 more for every 1,000 guests."""
    found, guests = Counter[Exposed](), list[FirstValue]()
    for moment in _first_values(since):
        key = moment.referrer_id, moment.loop
        if key not in cohort or not is_within_window(cohort[key].at, moment.at):
            continue
        if moment.actor_id is None:
            guests.append(moment)
        elif is_new_referee(
            referrer_id=moment.referrer_id,
            actor_id=moment.actor_id,
            account_id=None,
            is_same_person=True,
            credited_id=moment.credited_id,
        ):
            found[key] += 1
    for start in range(0, len(guests), GUESTS_AT_ONCE):
        found.update(_joined_as_guests(guests[start : start + GUESTS_AT_ONCE]))
    return found


def _first_values(since: datetime) -> list[FirstValue]:
    """Valid first value moments through links since then, without those of people who are not counted; 1 query."""
    link = Link.objects.filter(code=OuterRef("link_code"))
    referral = Referral.objects.filter(referee=OuterRef("actor_id"))
    reached = LoggedEvent.objects.filter(type=FvmReached.type, is_invalid=False, at__gte=since).exclude(link_code="")
    real = reached.filter(Q(actor_id=None) | Q(actor_id__in=User.objects.counted().values("pk")))
    rows = real.annotate(
        referrer=Subquery(link.values("referrer_id")[:1]),
        loop=Subquery(link.values("loop_id")[:1]),
        credited=Subquery(referral.values("referrer_id")[:1]),
    ).exclude(loop=None)
    columns = ("referrer", "loop", "actor_id", "guest_id", "credited", "at")
    return [FirstValue(*row) for row in rows.values_list(*columns).iterator()]


def _joined_as_guests(moments: Sequence[FirstValue]) -> Counter[Exposed]:
    """Referees among guests; 1 query."""
    accounts = _accounts_of({moment.guest_id for moment in moments} - {""})
    found = Counter[Exposed]()
    for moment in moments:
        account = accounts.get(moment.guest_id)
        if account is not None and not account.is_counted:
            continue
        if is_new_referee(
            referrer_id=moment.referrer_id,
            actor_id=None,
            account_id=account.user_id if account else None,
            is_same_person=account is not None and account.person_id == moment.guest_id,
            credited_id=account.credited_id if account else None,
        ):
            found[moment.referrer_id, moment.loop] += 1
    return found


def _accounts_of(guest_ids: set[str]) -> dict[str, Account]:
    is_counted = Exists(User.objects.counted().filter(pk=OuterRef("user_id")))
    guests = Guest.objects.filter(pk__in=[UUID(one) for one in guest_ids], user__isnull=False)
    rows = guests.annotate(is_counted=is_counted).values_list(
        "pk", "user_id", "user__person_id", "user__referral__referrer_id", "is_counted"
    )
    return {
        str(pk): Account(user_id, str(person_id), credited_id, counted)
        for pk, user_id, person_id, credited_id, counted in rows
    }
