from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChanged(Event):
    """The actor's standing in a subject is other than before: a result was counted, or they are shown or not."""

    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCorrected(Event):
    """The audit found that a standing was not what the results say, and put it right."""

    subject: str
    period: str
    before: dict[str, int]
    after: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueClosed(Event):
    """A weekly league is over; `moves` names who goes up (1), down (-1) or stays (0)."""

    league_id: int
    week: str
    tier: int
    moves: dict[str, int]  # user id as text -> move
