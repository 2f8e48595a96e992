"""Apply holdouts to phases that run: say whom they took out, and stop counting those units."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction

from experiments.models import Change, Exposure, Holdout, Phase
from experiments.services import phase_cache
from viral_engine.accounts.models import User

AT_ONCE = 2_000


def apply_holdouts(*, by: User | None, at: datetime) -> int:
    """Mark the units that the active holdouts keep out of each open phase; return the number of phases that changed.

    A unit that a holdout takes out stays in its arm's counts, with what it did before; nothing counts from then on. One
    that comes back counts again from now on. Each phase's decision log says how many left and came back, by arm.

    Cost  2 queries while no holdout changed; else the hash of each exposed unit, 5 us each.
    """
    shares = Holdout.objects.all().active_shares()
    changed = [phase for phase in Phase.objects.all().open() if phase.holdouts != shares]
    applied = sum(_apply(phase.pk, shares, by, at) for phase in changed)
    if applied:
        phase_cache.invalidate_phase_cache()
    return applied


@transaction.atomic
def _apply(phase_id: int, shares: Mapping[str, int], by: User | None, at: datetime) -> bool:
    phase = Phase.objects.select_for_update().get(pk=phase_id)
    if phase.holdouts == shares:
        return False  # another process applied them
    Phase.objects.filter(pk=phase_id).update(holdouts=dict(shares))
    seeds = phase_cache.holdout_seeds(shares)
    left, back = Counter[str](), Counter[str]()
    for exposures in _in_parts(phase):
        moved = []
        for one in exposures:
            is_out = phase_cache.is_held_out(seeds, one.unit)
            if is_out != (one.held_out_at is not None):
                one.held_out_at = at if is_out else None
                (left if is_out else back)[one.arm] += 1
                moved.append(one)
        Exposure.objects.bulk_update(moved, ["held_out_at"], batch_size=500)
    Change.objects.create(
        experiment_id=phase.experiment_id,
        phase=phase,
        kind=Change.Kind.HOLDOUT,
        by=by,
        note=_note(shares, left, back),
        facts=_facts(phase, left, back),
        at=at,
    )
    return True


def _in_parts(phase: Phase) -> Iterator[list[Exposure]]:
    last = 0
    while part := list(Exposure.objects.filter(phase=phase, pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = part[-1].pk
        yield part


def _note(shares: Mapping[str, int], left: Counter[str], back: Counter[str]) -> str:
    active = ", ".join(f"{name} ({share / 100:g}%)" for name, share in shares.items()) or "none"
    parts = [f"Active holdouts: {active}."]
    if left:
        parts.append(f"{_people(left)} left the experiment and get the control. They stay counted up to now.")
    if back:
        parts.append(f"{_people(back)} came back to their arm and count again.")
    if not left and not back:
        parts.append("Nobody who is counted here left or came back.")
    return " ".join(parts)


def _people(counts: Counter[str]) -> str:
    total = counts.total()
    return f"{total:,} {'person' if total == 1 else 'people'}"


def _facts(phase: Phase, left: Counter[str], back: Counter[str]) -> dict[str, list[int]]:
    """{field: [before, after]} of the people who are held out, by arm."""
    facts = {}
    for arm in phase.arms:
        key = arm["key"]
        if left[key] or back[key]:
            out = Exposure.objects.filter(phase=phase, arm=key, held_out_at__isnull=False).count()
            facts[f"held out of {arm['title']}"] = [out - left[key] + back[key], out]
    return facts
