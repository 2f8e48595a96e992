"""Weekly recaps: one per child, parent and ISO week, made in batches."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from loops.core.consents import shareable_pairs
from loops.core.growth_emails import queue_emails
from loops.events import WeeklyRecapGenerated
from loops.proud_parent.emails import recap_email
from loops.proud_parent.models import Recap, RecapShare
from loops.proud_parent.rules import Week, WeekFacts, birthday_of_age, last_week
from loops.proud_parent.week_facts import bounds, facts_of
from viral_engine.accounts.models import Guardianship, Role
from viral_engine.accounts.rules import ADULT_AGE
from viral_engine.kernel import clock
from viral_engine.kernel.privacy.retention import RETENTION
from viral_engine.kernel.services import announce_all
from viral_engine.learning.models import Result

BATCH = 100
MAX_SKILLS = 4  # stored per recap; pages, cards and reels show no more
FROM_HOUR = time(6)  # on Monday, when late attempts are stored


def generate_recaps(*, at: datetime, batches: int = 5, size: int = BATCH) -> int:
    """Create last week's recaps, with an email each; returns how many. Does nothing before Monday morning.

    Only for children who finished something that week. The number of families per run is limited.

    Cost      1 query when nothing is due; 11 statements a batch.
    Announces WeeklyRecapGenerated.
    """
    today = clock.today(at)
    if at < clock.midnight(today - timedelta(days=today.weekday())) + timedelta(hours=FROM_HOUR.hour):
        return 0
    week, made = last_week(today), 0
    for _ in range(batches):
        found = _generate_some(week, at, size)
        made += found
        if not found:
            break
    return made


@transaction.atomic
def _generate_some(week: Week, at: datetime, size: int) -> int:
    # Locked, so that two beats take different families; on SQLite a transaction runs alone anyway.
    claimed = pairs_without_recap(week, at).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    pairs = list(claimed.select_related("parent", "child")[:size])
    if not pairs:
        return 0
    # Another beat may have written recaps that the first query could not see yet.
    known = Recap.objects.filter(year=week.year, week=week.number, child__in=[pair.child_id for pair in pairs])
    done = set(known.values_list("parent_id", "child_id"))
    pairs = [pair for pair in pairs if (pair.parent_id, pair.child_id) not in done]
    _make(pairs, week, at)
    return len(pairs)


def pairs_without_recap(week: Week, at: datetime) -> QuerySet[Guardianship]:
    """Parents and their children under 18 who finished something in the week and have no recap of it."""
    start, end = bounds(week)
    worked = Result.objects.filter(attempt__user=OuterRef("child"), finished_at__gte=start, finished_at__lt=end)
    made = Recap.objects.filter(parent=OuterRef("parent"), child=OuterRef("child"), year=week.year, week=week.number)
    born_after = birthday_of_age(ADULT_AGE, clock.today(at))
    minors = Q(child__birthdate=None) | Q(child__birthdate__gt=born_after)
    here = Guardianship.objects.proven().filter(minors, parent__is_active=True, child__is_active=True)
    real = here.filter(parent__role=Role.PARENT, parent__is_simulated=False, child__is_simulated=False)
    return real.filter(Exists(worked), ~Exists(made))


def _make(pairs: Sequence[Guardianship], week: Week, at: datetime) -> None:
    facts = facts_of({pair.child_id for pair in pairs}, week)
    shareable = shareable_pairs([pair.child for pair in pairs], clock.today(at))
    recaps = Recap.objects.bulk_create([_recap(pair, facts[pair.child_id], week, at) for pair in pairs])
    queue_emails([recap_email(recap) for recap in recaps], at=at)
    generated = [
        WeeklyRecapGenerated(
            actor_id=recap.parent_id,
            recap_id=recap.pk,
            child_id=recap.child_id,
            is_shareable=(recap.parent_id, recap.child_id) in shareable,
        )
        for recap in recaps
    ]
    # Dated to Monday, so that two offers are seven days apart whenever the beats ran.
    announce_all([(event, None) for event in generated], at=clock.midnight(week.starts_on + timedelta(days=7)))


def _recap(pair: Guardianship, facts: WeekFacts, week: Week, at: datetime) -> Recap:
    best = facts.best
    return Recap(
        parent=pair.parent,
        child=pair.child,
        year=week.year,
        week=week.number,
        starts_on=week.starts_on,
        rounds=facts.attempts,
        minutes=facts.minutes,
        xp=facts.xp,
        active_days=facts.active_days,
        streak_days=facts.streak_days,
        rounds_before=facts.attempts_before,
        minutes_before=facts.minutes_before,
        xp_before=facts.xp_before,
        best_skill=best.slug if best else "",
        best_name=best.name if best else "",
        best_score=best.average if best else None,
        skills=[
            {"name": skill.name, "before": skill.before, "after": skill.average} for skill in facts.skills[:MAX_SKILLS]
        ],
        badges=list(facts.badges),
        made_at=at,
    )


# -- Retention -----------------------------------------------------------------------------------------------
PURGED_AT_ONCE = 1000
NOTHING_OF_THE_WEEK: dict[str, Any] = {
    "best_skill": "",
    "best_name": "",
    "best_score": None,
    "skills": [],
    "badges": [],
}


def is_shared() -> Exists:
    return Exists(RecapShare.objects.filter(recap=OuterRef("pk")))


def holds_a_week(_: datetime) -> Q:
    """Recaps that a purge will reach: a shared one is reduced to numbers, any other is deleted."""
    return ~Q(is_shared()) | ~Q(skills=[], badges=[], best_name="")


def purge_recaps(*, at: datetime) -> int:
    """End the recaps older than a year; returns how many. A shared one stays as numbers, because its link needs it."""
    period = RETENTION["recaps"].period or timedelta()
    old = Recap.objects.filter(holds_a_week(at), made_at__lt=at - period).order_by("made_at", "pk")
    keys = list(old.values_list("pk", flat=True)[:PURGED_AT_ONCE])
    chosen = Recap.objects.filter(pk__in=keys)
    chosen.filter(is_shared()).update(**NOTHING_OF_THE_WEEK)
    chosen.filter(~is_shared()).delete()
    return len(keys)
