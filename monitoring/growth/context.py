"""The reads that counting some events needs."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from loops.models import Link, Touch
from monitoring.growth.rules.counting import CountedEvent, CountingContext, LinkFacts
from monitoring.models import ExcludedPerson, GrowthMember
from viral_engine.accounts.models import User
from viral_engine.kernel.models import LoggedEvent


def counted_events(events: Iterable[LoggedEvent]) -> list[CountedEvent]:
    return [
        CountedEvent(one.pk, one.type, one.actor_id, one.guest_id, one.link_code, one.properties, one.at)
        for one in events
    ]


def excluded_people() -> frozenset[int]:
    return frozenset(ExcludedPerson.objects.values_list("user_id", flat=True))


def read_context(
    facts: Collection[CountedEvent], excluded: frozenset[int], *, stores_people: bool = True
) -> CountingContext:
    """Read the context of up to 5,000 events. Cost  5 queries; 1 more when a person is new."""
    codes = {fact.link_code for fact in facts if fact.link_code}
    known = CountingContext(excluded=excluded, stores_people=stores_people)
    read_links(known, codes)
    people = {fact.actor_id for fact in facts if fact.actor_id is not None}
    people |= {link.owner_id for link in known.links.values()}
    load_people(known, people)
    visitors = {fact.guest_id for fact in facts} | {fact.person_id for fact in facts} | set(known.person_ids.values())
    read_clicks(known, codes, visitors - {""})
    return known


def read_links(known: CountingContext, codes: Collection[str]) -> None:
    """1 query."""
    rows = Link.objects.filter(code__in=codes).values_list("code", "referrer_id", "loop_id")
    known.links |= {code: LinkFacts(owner_id, loop) for code, owner_id, loop in rows}


def load_people(known: CountingContext, ids: Collection[int]) -> None:
    """Load personas: the role at the first count, stored then, so that a later correction matches.

    Cost  2 queries; 1 more for people who were never counted.
    """
    for user_id, role, person_id in User.objects.filter(pk__in=ids).values_list("pk", "role", "person_id"):
        known.personas[user_id], known.person_ids[user_id] = role, str(person_id)
    kept = dict(GrowthMember.objects.filter(pk__in=ids).values_list("user_id", "persona"))
    new = (known.personas.keys() & set(ids)) - kept.keys() - known.excluded
    members = [GrowthMember(user_id=user_id, persona=known.personas[user_id]) for user_id in sorted(new)]
    if known.stores_people:
        GrowthMember.objects.bulk_create(members, ignore_conflicts=True)
    known.personas |= kept


def read_clicks(known: CountingContext, codes: Collection[str], visitors: Collection[str]) -> None:
    """1 query."""
    found: defaultdict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    rows = Touch.objects.filter(link__code__in=codes, visitor__in=visitors).order_by("clicked_at", "pk")
    for code, visitor, clicked_at, channel in rows.values_list("link__code", "visitor", "clicked_at", "channel"):
        found[code, visitor].append((clicked_at, channel))
    known.clicks |= found


def people_to_exclude() -> set[int]:
    """Ids of people who are staff or simulated now; 1 query."""
    return set(User.objects.uncounted().values_list("pk", flat=True))
