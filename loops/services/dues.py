"""What somebody who joined has earned others and themselves, paid once each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loops.models import Link
from loops.services.rewards import grant_up_to
from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import INCENTIVES
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions

AGENT = INCENTIVES.key


@dataclass(frozen=True, slots=True)
class Due:
    """One reward that is owed; `part` says to whom in the ledger's key: inviter | joiner."""

    user: User
    kind: str
    amount: int
    part: str


def due_key(key: str, part: str) -> str:
    """The ledger's key of one side's reward."""
    return f"{key}:{part}"


def pay_dues(*, link: Link, joiner: User, dues: Sequence[Due], key: str, objection: str | None, at: datetime) -> int:
    """Each of them has what is due, as far as the day's caps allow, once per key; returns how many got something.

    With an objection nobody gets anything. One decision says what was paid or why not.

    Cost  as `grant_up_to` for each due, and 1.
    """
    granted = {}
    if objection is None:
        for due in dues:
            granted[due.part] = grant_up_to(
                user=due.user,
                kind=due.kind,
                amount=due.amount,
                reason=link.loop.title,
                key=due_key(key, due.part),
                loop=link.loop_id,
                at=at,
            )
    short = [f"daily_cap_of_{due.part}" for due in dues if granted.get(due.part, 0) < due.amount]
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=joiner.pk,
            type=link.loop_id,
            outcome="refused" if objection else "rewarded",
            rationale=objection or ", ".join(short) or "What was promised was paid.",
            features={"link": link.code, "inviter_id": link.inviter_id, "key": key, "granted": granted},
            decided_at=at,
        )
    )
    return sum(1 for amount in granted.values() if amount)
