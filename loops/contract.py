"""What a loop is: one folder with one object that keeps this contract."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from loops.models import Link, Loop
from viral_engine.accounts.models import User
from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True)
class Moment:
    """What the orchestrator knows of the person when it decides."""

    event: Event
    user: User
    engagement: str  # low | medium | high
    score: int  # of the result the event is about
    is_milestone: bool
    at: datetime


class CannotBuild(Exception):
    """The loop lacks what it needs at this moment; nothing is offered, and the log says why."""


class ViralLoop(Protocol):
    name: str
    action: str  # what the page does with the decision, for example show_share_modal
    triggers: frozenset[str]  # event types that may start it
    asked_for: frozenset[str]  # those of them the person asked for: no cooldown, no prompt cap

    def objection(self, loop: Loop, moment: Moment) -> str | None:
        """Why this person is not eligible at this moment, or None; no query."""

    def build(self, moment: Moment) -> Link:
        """Everything the share pack needs exists; the orchestrator holds the transaction.

        Raises  CannotBuild.
        """
