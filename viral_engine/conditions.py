"""Conditions of the wiring: a durable listener gets no row for an event that cannot concern it."""

from viral_engine.accounts.events import AccountCreated, ConsentGiven, ConsentWithdrawn
from viral_engine.learning.events import (
    ChallengeWon,
    DiagnosticCompleted,
    FvmReached,
    PracticeCompleted,
    PracticeTestCompleted,
    SessionCompleted,
)


def is_of_a_member(event: PracticeCompleted | PracticeTestCompleted | DiagnosticCompleted | ChallengeWon) -> bool:
    """True for a member. A guest's results reach the listeners when an account claims the attempts."""
    return event.actor_id is not None


def is_a_members_through_a_link(event: FvmReached) -> bool:
    return bool(event.link_code and event.actor_id)


def was_a_guest(event: AccountCreated) -> bool:
    return bool(event.guest_id)


def is_of_coppa(event: ConsentGiven | ConsentWithdrawn) -> bool:
    return event.kind == "coppa"


def publishes(event: ConsentGiven | ConsentWithdrawn) -> bool:
    """Whether it changes who may read the child. Boards and streams follow the stronger of the two."""
    return event.kind in {"coppa", "disclosure"}


def is_of_a_deck(event: PracticeCompleted) -> bool:
    return event.deck_id is not None


def has_a_transcript(event: SessionCompleted) -> bool:
    return event.has_transcript


def names_a_skill(event: ChallengeWon) -> bool:
    return bool(event.skill)
