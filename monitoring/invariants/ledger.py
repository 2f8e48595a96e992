"""The reward ledger: sums, one reward per key, and a paid payout for each referral's rewards."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from loops.models import Payout, RewardEntry
from monitoring.invariants.base import InvariantFinding

CHUNK = 1000


def check_ledger(_: datetime) -> Iterator[InvariantFinding]:
    """Compare what each person's entries add up to with what is open, and each reversal with its grant.

    Cost  2 queries over the ledger, grouped by the database.
    """
    people = RewardEntry.objects.order_by().values("user_id", "kind").annotate(booked=Sum("amount"), open=Sum("left"))
    for row in people.exclude(booked=F("open")).iterator(CHUNK):
        yield InvariantFinding(
            f"person {row['user_id']}: {row['kind']} entries add up to {row['booked']}, and {row['open']} are open"
        )
    is_in_force = Q(closed_by__closed_by=None)  # a reversal that was restored takes nothing away
    closed = Coalesce(Sum("closed_by__amount", filter=is_in_force), 0)
    grants = RewardEntry.objects.filter(cause="grant").order_by().annotate(closed=closed)
    for pk, amount, left, closed in (
        grants.filter(left__gt=F("amount") + F("closed")).values_list("pk", "amount", "left", "closed").iterator(CHUNK)
    ):
        yield InvariantFinding(f"grant {pk}: {left} are open of {amount}, of which {-closed} were taken away")


def check_reward_keys(_: datetime) -> Iterator[InvariantFinding]:
    """Look for a key with two entries, and for rewards of a referral whose payout is not paid.

    Cost  1 query over the ledger, and 2 for each thousand payouts.
    """
    twice = RewardEntry.objects.order_by().values("key").annotate(entries=Count("pk")).filter(entries__gt=1)
    for row in twice.iterator(CHUNK):
        yield InvariantFinding(f"{row['entries']} entries have the key {row['key']}")
    unpaid = Payout.objects.exclude(status__in=[Payout.Status.PAID, Payout.Status.REVERSED]).order_by("pk")
    payouts = unpaid.iterator(CHUNK)
    while some := list(islice(payouts, CHUNK)):
        status_of = {key: payout.status for payout in some for key in payout.ledger_keys.values()}
        for key in RewardEntry.objects.filter(key__in=status_of).order_by("key").values_list("key", flat=True):
            yield InvariantFinding(f"the reward {key} was granted, and its payout is {status_of[key]}")
