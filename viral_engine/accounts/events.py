from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated(Event):
    """Somebody signed up; `guest_id` names the guest they were, `link_code` the link they first came by."""

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """A parent (the actor) consented for a child."""

    child_id: int
    kind: str  # coppa | ferpa | third_party


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    child_id: int
    kind: str
