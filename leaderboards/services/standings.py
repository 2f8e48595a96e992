from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from leaderboards import rules
from leaderboards.events import StandingsChanged
from leaderboards.models import LeagueSeat, RankDelta, Standing
from viral_engine.accounts.events import (
    AccountBlocked,
    AccountUnblocked,
    ConsentGiven,
    ConsentWithdrawn,
    PreferencesChanged,
)
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel import clock
from viral_engine.kernel.services import announce_unlogged

MUTABLE = [
    "band",
    "is_shown",
    "results",
    "points",
    "xp",
    "correct",
    "total",
    "streak_days",
    "first_scores",
    "last_scores",
    "reached_at",
    "xp_key",
    "average_key",
    "improvement_key",
]
Keys = Mapping[str, bytes | None]


def deltas_between(standing: Standing, before: Keys, band: str) -> list[RankDelta]:
    """The deltas of each metric's board; a learner who changes bands leaves one and enters the other."""
    after, where = standing.keys(), {"subject_id": standing.subject_id, "period": standing.period}
    deltas = []
    for metric in rules.METRICS:
        old, new = before[metric], after[metric]
        if band == standing.band:
            steps = [(band, old, new)] if old != new else []
        else:
            steps = [(band, old, None), (standing.band, None, new)]
        deltas += [
            RankDelta(**where, metric=metric, band=name, old_key=left, new_key=entered)
            for name, left, entered in steps
            if (left, entered) != (None, None)
        ]
    return deltas


# -- People shown ------------------------------------------------------------------------------------------
def refresh_person(event: PreferencesChanged | AccountBlocked | AccountUnblocked, at: datetime) -> None:
    """Show or hide the actor on all boards, according to their preferences. A durable listener.

    Erasing an account also closes it, which calls this, too.
    """
    show_or_hide(user_id=event.user_id, at=at)


def refresh_child(event: ConsentGiven | ConsentWithdrawn, at: datetime) -> None:
    """Show or hide the child whose parent decided. A durable listener."""
    show_or_hide(user_id=event.child_id, at=at)


@transaction.atomic
def show_or_hide(*, user_id: int, at: datetime) -> bool:
    """Show a person's standings and open seats, or hide and unrank them; returns whether anything changed.

    Cost      2 statements when nothing changes, 1 more for a child; else 2 more, and 1 for each standing.
    Announces StandingsChanged for each subject, without a log row.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:  # the account of a pending child is deleted completely
        return False
    shown, band = _is_shown(user, clock.today(at)), rules.band_of(user.grade)
    rows = Standing.objects.filter(user=user).select_related("subject").order_by("pk")
    changed = [row for row in rows.select_for_update(of=("self",)) if (row.is_shown, row.band) != (shown, band)]
    if not changed:
        return False
    deltas = []
    for standing in changed:
        before, was_in = standing.keys(), standing.band
        standing.is_shown, standing.band = shown, band
        standing.take(standing.totals)
        deltas += deltas_between(standing, before, was_in)
        standing.save(update_fields=MUTABLE)
    RankDelta.objects.bulk_create(deltas)
    LeagueSeat.objects.filter(user=user, league__closed_at=None).update(is_shown=shown)
    for subject in {standing.subject.slug for standing in changed}:
        announce_unlogged(StandingsChanged(subject=subject, user_ids=(user.pk,)), at=at)
    return True


def _is_shown(user: User, today: date) -> bool:
    is_child = needs_consent(user.age_on(today))
    agreed = Consent.objects.in_force().filter(child=user, kind=Consent.Kind.DISCLOSURE)
    return rules.is_shown(
        is_learner=user.role == Role.STUDENT,
        is_open=user.is_active and user.blocked_at is None,
        wants_it=user.feed_visible,
        needs_consent=is_child,
        has_consent=is_child and agreed.exists(),
    )
