"""Take events that were marked invalid out of the outcomes of experiments, and put back those that are valid again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from experiments.models import Exposure, PersonExposure
from experiments.services import corrections
from experiments.services.outcomes import MeasuredEvent
from experiments.services.phase_cache import CachedMetric
from loops.core.experiment_adapter import record_outcome, units_of
from loops.models import Link
from viral_engine.accounts.models import User
from viral_engine.kernel.bus import name_of
from viral_engine.kernel.models import Delivery, LoggedEvent

COUNTED_BY = name_of(record_outcome)


def correct_outcomes(*, at: datetime) -> int:
    """Count again every unit that an event belongs to which became invalid or valid; return the number of events.

    A recount reads all events of the unit, so repeating it changes nothing, and the order does not matter.

    Cost  3 queries when nothing changed; about 10 for each event that did.
    """
    changed = corrections.changed_events(counted_by=COUNTED_BY)
    for event in changed:
        _correct(event, at)
    return len(changed)


@transaction.atomic
def _correct(event: LoggedEvent, at: datetime) -> None:
    persons, trees = units_of(event.as_event())
    affected = corrections.exposures_measuring(event.type, {*persons, *trees} - {""})
    for exposure, metric in affected:
        corrections.recount(exposure, metric, _events_of(exposure, metric))
    corrections.note_frozen_phases({exposure.phase_id: exposure.phase for exposure, _ in affected}.values(), 1, at)
    corrections.note_corrected([event], at)


@dataclass(slots=True)
class _Unit:
    """The people and links of a unit: {user id: person} and {link code: person who shared it}."""

    members: dict[int, str] = field(default_factory=dict)
    referrers: dict[str, str] = field(default_factory=dict)
    guest: str = ""

    def events(self) -> Q:
        own = Q(actor_id__in=self.members) | Q(link_code__in=self.referrers)
        return own | Q(guest_id=self.guest) if self.guest else own

    def person(self, event: LoggedEvent) -> str:
        """The person an event came through."""
        return self.referrers.get(event.link_code) or self.members.get(event.actor_id or 0, "")


def _events_of(exposure: Exposure, metric: CachedMetric) -> Iterable[tuple[MeasuredEvent, datetime]]:
    """The unit's valid events that were counted, each with the exposure that it counts from.

    An event whose delivery is still open is counted when that runs.
    """
    is_tree = exposure.phase.plan["unit"] == "tree"
    unit = _tree(exposure.unit) if is_tree else _person(exposure.unit)
    logged = LoggedEvent.objects.filter(unit.events(), type=metric.event, at__gte=exposure.at, is_invalid=False)
    open_ones = Delivery.objects.filter(event=OuterRef("pk"), processed_at=None, listener=COUNTED_BY)
    logged = logged.exclude(Exists(open_ones))
    seen = dict(PersonExposure.objects.filter(exposure=exposure).values_list("person", "at")) if is_tree else {}
    for event in logged.order_by("at", "pk"):
        since = seen.get(unit.person(event)) if is_tree else exposure.at
        if since is not None:
            yield MeasuredEvent(event.type, event.properties, event.at), since


def _person(person: str) -> _Unit:
    members = User.objects.filter(person_id=person).values_list("pk", "person_id")
    return _Unit(members={pk: str(one) for pk, one in members}, guest=person)


def _tree(root: str) -> _Unit:
    members = User.objects.filter(Q(person_id=root, referral=None) | Q(referral__link__tree=root))
    links = Link.objects.filter(tree=root).values_list("code", "referrer__person_id")
    return _Unit(
        members={pk: str(person) for pk, person in members.values_list("pk", "person_id")},
        referrers={code: str(person) for code, person in links},
    )
