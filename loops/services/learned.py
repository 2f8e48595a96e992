"""What each loop has brought so far, learned from its own numbers."""

from datetime import datetime

from django.db.models import Count, OuterRef, Subquery

from loops import rules
from loops.models import Link, Loop, Prompt
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import FvmReached

Counts = dict[tuple[str, str], int]  # (loop, role of the inviter) -> people


def learn_k(*, at: datetime) -> int:
    """Every loop knows, for each role, how many first value moments an exposed inviter brought; returns how many loops.

    Exposures 14 to 90 days old count, so that their friends have had the time to come. Staff, simulated people and
    events marked invalid are left out.

    Cost  4 queries, once a night.
    """
    since, until = at - rules.K_LEARNED_FROM, at - rules.K_MATURES
    exposed, joined = _exposed(since, until), _joined(since, until)
    loops = list(Loop.objects.all())
    for loop in loops:
        loop.learned = {
            role: {
                "exposed": people,
                "joined": joined.get((name, role), 0),
                "k": rules.learned_k(configured=loop.expected_k, exposed=people, joined=joined.get((name, role), 0)),
            }
            for (name, role), people in exposed.items()
            if name == loop.name
        }
    Loop.objects.bulk_update(loops, ["learned"])
    return len(loops)


def _exposed(since: datetime, until: datetime) -> Counts:
    shown = Prompt.objects.filter(
        shown_at__gte=since, shown_at__lt=until, user__is_staff=False, user__is_simulated=False
    )
    rows = shown.values_list("loop_id", "user__role").annotate(people=Count("user", distinct=True))
    return {(loop, role): people for loop, role, people in rows}


def _joined(since: datetime, until: datetime) -> Counts:
    links = Link.objects.filter(
        code=OuterRef("link_code"),
        prompts__shown_at__gte=since,
        prompts__shown_at__lt=until,
        inviter__is_staff=False,
        inviter__is_simulated=False,
    )
    reached = LoggedEvent.objects.filter(type=FvmReached.type, is_invalid=False, at__gte=since).exclude(link_code="")
    named = reached.annotate(
        loop=Subquery(links.values("loop_id")[:1]), role=Subquery(links.values("inviter__role")[:1])
    )
    rows = named.exclude(loop=None).values_list("loop", "role").annotate(people=Count("pk"))
    return {(loop, role): people for loop, role, people in rows}
