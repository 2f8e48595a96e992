"""People who saw two arms: as a guest in one, and in another as the account that turned out to be theirs."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from experiments.models import Exposure, PersonExposure
from viral_engine.accounts.models import Guest


class Sighting(NamedTuple):
    """One id of a person saw an arm."""

    exposure_id: int
    arm: str
    person: str


def identities_of(person: str) -> set[str]:
    """Every id of one person: the account's, and those of the guests who turned out to be it. Cost  1 query."""
    try:
        known = UUID(person)
    except ValueError:
        return {person}
    theirs = Q(pk=known) | Q(user__person_id=known) | Q(user__past_guests=known)
    pairs = Guest.objects.filter(theirs, user__isnull=False).values_list("pk", "user__person_id")
    return {person, *(str(one) for pair in pairs for one in pair)}


def mark_crossed(people: set[str], *, phases: Collection[int] | None = None) -> int:
    """Mark the exposures of one person under several ids to different arms, and return the number of such phases.

    Cost  2 queries; 1 more if arms differ.
    """
    crossed, count = set(), 0
    for sightings in _sightings(people, phases).values():
        found = {
            one.exposure_id
            for one in sightings
            if any(one.arm != other.arm and one.person != other.person for other in sightings)
        }
        crossed |= found
        count += bool(found)
    if crossed:
        Exposure.objects.filter(pk__in=crossed).update(is_crossed=True)
    return count


def _sightings(people: set[str], phases: Collection[int] | None) -> dict[int, list[Sighting]]:
    """Of the given phases, or of all."""
    units, members = Exposure.objects.filter(unit__in=people), PersonExposure.objects.filter(person__in=people)
    if phases is not None:
        units, members = units.filter(phase__in=phases), members.filter(exposure__phase__in=phases)
    found: defaultdict[int, list[Sighting]] = defaultdict(list)
    for phase_id, pk, arm, unit in units.values_list("phase_id", "pk", "arm", "unit"):
        found[phase_id].append(Sighting(pk, arm, unit))
    seen = members.values_list("exposure__phase_id", "exposure_id", "exposure__arm", "person")
    for phase_id, pk, arm, person in seen:
        found[phase_id].append(Sighting(pk, arm, person))
    return found
