"""What loops sends to people's open pages."""

from datetime import datetime

from loops import rules
from loops.events import RewardGranted
from viral_engine.kernel.topics import publish


def push_reward(event: RewardGranted, _: datetime) -> None:
    """Tell the person's own topic of a new reward."""
    terms = rules.REWARDS[event.kind]
    name = terms.name if event.amount == 1 else terms.plural
    payload = {"kind": event.kind, "amount": event.amount, "reason": event.reason, "text": f"+{event.amount} {name}"}
    publish(f"user:{event.actor_id}", "reward_granted", payload)
