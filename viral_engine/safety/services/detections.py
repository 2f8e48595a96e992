"""Open cases in the review queue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, record_decisions
from viral_engine.safety.events import TsDetection
from viral_engine.safety.models import ReviewItem
from viral_engine.safety.services.fact_query import PERSON


@dataclass(frozen=True, slots=True)
class Detection:
    """Something about a person that staff should read; `outcome` is queue, hold or block."""

    user_id: int
    outcome: str
    reason: str
    evidence: dict[str, Any]
    kind: str = PERSON
    object_key: str = ""  # the person's id where it is about the whole account

    @property
    def key(self) -> str:
        return self.object_key or str(self.user_id)


def open_detection(found: Detection, *, at: datetime) -> ReviewItem | None:
    """Open a case, unless one about the same object waits already; returns the new case.

    Cost      2 statements; 1 where a case waits.
    Announces TsDetection, once per case.
    """
    item, is_new = open_item(
        kind=found.kind,
        object_key=found.key,
        subject_id=found.user_id,
        reason=found.reason,
        evidence=found.evidence | {"outcome": found.outcome},
        at=at,
    )
    if not is_new:
        return None
    signals = tuple(found.evidence.get("signals", ()))
    detected = TsDetection(
        actor_id=found.user_id, item_id=item.pk, kind=found.kind, outcome=found.outcome, signals=signals
    )
    announce(detected, at=at)
    return item


def open_item(
    *, kind: str, object_key: str, subject_id: int | None, reason: str, evidence: dict[str, Any], at: datetime
) -> tuple[ReviewItem, bool]:
    """The case about this object that waits, locked, and whether it is new. Cost  1 statement, 2 where one waits.

    A moderator may decide the waiting case before it is locked; then a new one is opened.
    """
    waiting = ReviewItem.objects.waiting().select_for_update()
    while True:
        try:
            with transaction.atomic():
                item = ReviewItem.objects.create(
                    kind=kind,
                    object_key=object_key,
                    subject_id=subject_id,
                    reason=reason[:200],
                    evidence=evidence,
                    opened_at=at,
                )
        except IntegrityError:
            if (earlier := waiting.filter(kind=kind, object_key=object_key).first()) is not None:
                return earlier, False
        else:
            return item, True


def queue_for_review(found: Detection, *, type: str, at: datetime) -> None:  # noqa: A002  (a decision's own word)
    """Log that staff should look at what a person did, which was allowed, and open its case. Cost  3 statements."""
    record_decisions(
        Decision(
            agent=TRUST_AND_SAFETY.key,
            actor_id=found.user_id,
            type=type,
            outcome="queue",
            rationale=found.reason,
            features={"about": f"{found.kind}:{found.key}"},
            decided_at=at,
        )
    )
    open_detection(found, at=at)
