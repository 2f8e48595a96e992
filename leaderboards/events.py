from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingsChanged(Event):
    """Learners' standings in a subject changed: results were counted, or their visibility changed."""

    subject: str
    user_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCorrected(Event):
    """The audit corrected a standing that did not match the results."""

    subject: str
    period: str
    before: dict[str, int]
    after: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueClosed(Event):
    """A weekly league closed; `moves` says who moves up (1), down (-1) or stays (0)."""

    league_id: int
    week: str
    tier: int
    moves: dict[str, int]  # user id as text -> move
