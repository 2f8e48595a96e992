"""The audit chain of looks at children's records."""

from collections.abc import Iterator
from datetime import datetime

from monitoring.invariants.base import InvariantFinding
from viral_engine.staff.services.audit import check_chain


def check_audit(_: datetime) -> Iterator[InvariantFinding]:
    """Cost  2 queries and a read of the whole table, in chunks."""
    if (broken := check_chain()) is not None:
        pk, fault = broken
        yield InvariantFinding(f"audit entry {pk} is broken: {fault}")
