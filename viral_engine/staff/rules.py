"""Sessions of staff and the audit chain as pure functions."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

MAX_SESSION = timedelta(hours=12)
MAX_IDLE = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=1)  # the stored time of the last page is at most this much too old
AUDIT_LASTS = timedelta(days=730)

GENESIS = "0" * 64  # what the first row of the chain follows
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def session_ends_at(*, started_at: datetime, seen_at: datetime) -> datetime:
    return min(started_at + MAX_SESSION, seen_at + MAX_IDLE)


@dataclass(frozen=True, slots=True)
class AuditFact:
    """The part of an audit row that its hash covers."""

    at: datetime
    actor_id: int
    person_id: int | None
    what: str
    reason: str
    pruned_id: int | None = None
    pruned_hash: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """A row as it is stored: its fact, and its place in the chain."""

    pk: int
    fact: AuditFact
    previous_hash: str
    row_hash: str


class ChainFault(StrEnum):
    CHANGED = "its content does not match its hash"
    UNLINKED = "it does not follow the row before it"


def chain_hash(key: str, previous_hash: str, fact: AuditFact) -> str:
    """The hash of a row: keyed, so that a writer of the database alone cannot compute a new chain."""
    content = [
        previous_hash,
        (fact.at - EPOCH) // timedelta(microseconds=1),
        fact.actor_id,
        fact.person_id,
        fact.what,
        fact.reason,
        fact.pruned_id,
        fact.pruned_hash,
    ]
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(f"audit:{key}".encode(), text.encode(), hashlib.sha256).hexdigest()


def find_break(rows: Iterable[Linked], *, keys: Sequence[str], starts_after: str) -> tuple[int, ChainFault] | None:
    """The id of the first broken row, oldest first, and its fault; None when the chain is whole."""
    start = Linked(0, AuditFact(EPOCH, 0, None, "", ""), "", starts_after)
    for before, row in pairwise(_after(start, rows)):
        if row.previous_hash != before.row_hash:
            return row.pk, ChainFault.UNLINKED
        known = [chain_hash(key, row.previous_hash, row.fact) for key in keys]
        if not any(hmac.compare_digest(row.row_hash, one) for one in known):
            return row.pk, ChainFault.CHANGED
    return None


def _after(start: Linked, rows: Iterable[Linked]) -> Iterable[Linked]:
    yield start
    yield from rows
