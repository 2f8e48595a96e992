"""The only writer of the audit chain."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from viral_engine.staff.models import AuditEntry
from viral_engine.staff.rules import AUDIT_LASTS, GENESIS, AuditFact, ChainFault, chain_hash, find_break

MAX_TRIES = 50  # of writers that meet at the end of the chain; each round one of them succeeds
CHUNK = 2000


class ChainBusy(RuntimeError):
    """Other writers extended the chain each time; the page that asked is not shown."""


class NothingToPrune(RuntimeError):
    """No row is old enough."""


class ChainBroken(RuntimeError):
    """A row does not follow the one before it; deleting around it would hide that."""


def record_looks(*, actor_id: int, reasons: Collection[tuple[int | None, str]], what: str, at: datetime) -> None:
    """Append one entry for each person and reason; None as a person is a list of many people.

    Cost    2 statements, 2 more for each other writer that was faster.
    Raises  ChainBusy.
    """
    facts = [AuditFact(at, actor_id, person_id, what, reason) for person_id, reason in reasons]
    _append(facts)


def _append(facts: Sequence[AuditFact]) -> None:
    for _ in range(MAX_TRIES):
        try:
            with transaction.atomic():
                AuditEntry.objects.bulk_create(_linked_to_the_end(facts))
        except IntegrityError:  # another writer has followed the same row
            continue
        return
    raise ChainBusy


def _linked_to_the_end(facts: Sequence[AuditFact]) -> list[AuditEntry]:
    last, rows, key = newest_hash(), [], _keys()[0]
    for fact in facts:
        row_hash = chain_hash(key, last, fact)
        rows.append(AuditEntry(**asdict(fact), previous_hash=last, row_hash=row_hash))
        last = row_hash
    return rows


def _keys() -> list[str]:
    """The key of new rows, then the earlier ones."""
    return [settings.AUDIT_KEY] if settings.AUDIT_KEY else [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def check_chain() -> tuple[int, ChainFault] | None:
    """The id of the first broken row and its fault; None when the chain is whole.

    Cost  2 queries and a read of the whole table, in chunks.
    """
    anchor = AuditEntry.objects.anchors().order_by("-pk").values_list("pruned_hash", flat=True).first()
    return find_break((row.as_linked() for row in _oldest_first()), keys=_keys(), starts_after=anchor or GENESIS)


def _oldest_first() -> Iterator[AuditEntry]:
    return AuditEntry.objects.order_by("pk").iterator(chunk_size=CHUNK)


def newest_hash() -> str:
    """The hash to write down elsewhere: a chain that lost its end no longer contains it."""
    return AuditEntry.objects.order_by("-pk").values_list("row_hash", flat=True).first() or GENESIS


@transaction.atomic
def prune(*, actor_id: int, at: datetime) -> int:
    """Delete the entries older than two years behind a new anchor entry, and return how many.

    The anchor names the newest deleted row and its hash, which the oldest remaining row must follow.

    Cost    those of `check_chain`, when a row is old enough.
    Raises  NothingToPrune; ChainBroken, and nothing is deleted.
    """
    old = AuditEntry.objects.before(at - AUDIT_LASTS)
    newest = old.order_by("-pk").first()
    if newest is None:
        raise NothingToPrune
    if (broken := check_chain()) is not None:
        raise ChainBroken(f"Audit entry {broken[0]} is broken: {broken[1]}. Nothing was deleted.")
    reason = f"Entries up to {newest.pk} are older than two years"
    _append([AuditFact(at, actor_id, None, "prune_audit", reason, newest.pk, newest.row_hash)])
    return AuditEntry.objects.filter(pk__lte=newest.pk).delete()[0]
