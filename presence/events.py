from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeReported(Event):
    """A client with questions of its own reported over a socket that the actor started or completed a practice.

    Announced without a log row, because nothing on record proves it.
    """

    subject: str
    skill: str
    is_completed: bool
