"""The numbers of chat messages: without a gap in each cohort."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, F, Max, OuterRef, Q, Subquery

from feeds.models import ChatCounter, Message
from monitoring.invariants.base import InvariantFinding
from viral_engine.accounts.models import Erasure
from viral_engine.kernel.services import has_purged

CHUNK = 1000


def check_chat(_: datetime) -> Iterator[InvariantFinding]:
    """Compare each cohort's messages with the number of its last one.

    Deleted accounts and the retention of chats leave numbers out; without either, every number is there.

    Cost  3 queries, one of them over all messages, and 1 for each cohort with a gap.
    """
    is_explained = has_purged("chat") or Erasure.objects.exists()
    last = ChatCounter.objects.filter(cohort=OuterRef("cohort")).values("last_seq")
    cohorts = (
        Message.objects.order_by().values("cohort").annotate(lines=Count("pk"), newest=Max("seq"), last=Subquery(last))
    )
    for row in cohorts.filter(Q(last=None) | ~Q(lines=F("last")) | Q(newest__gt=F("last"))).iterator(CHUNK):
        cohort, counted = row["cohort"], row["last"] or 0
        if row["newest"] > counted:
            yield InvariantFinding(f"cohort {cohort}: message {row['newest']} exists, and the counter is at {counted}")
        elif missing := counted - row["lines"]:
            text = f"cohort {cohort}: {missing} of {counted} messages are missing, the first is {_first_gap(cohort)}"
            yield InvariantFinding(
                text + ("; chats were purged or accounts deleted" if is_explained else ""), is_explained
            )
    empty = ChatCounter.objects.filter(last_seq__gt=0).exclude(cohort__in=Message.objects.values("cohort"))
    for cohort, counted in empty.values_list("cohort_id", "last_seq").iterator(CHUNK):
        yield InvariantFinding(f"cohort {cohort}: all {counted} messages are missing", is_explained)


def _first_gap(cohort_id: int) -> int:
    expected = 1
    for seq in Message.objects.filter(cohort=cohort_id).order_by("seq").values_list("seq", flat=True).iterator(CHUNK):
        if seq != expected:
            break
        expected += 1
    return expected
