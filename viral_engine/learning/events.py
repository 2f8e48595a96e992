from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeStarted(Event):
    attempt_id: str  # UUID
    skill: str
    kind: str  # practice | challenge


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeCompleted(Event):
    attempt_id: str  # UUID
    subject: str
    skill: str
    kind: str  # practice | challenge
    score: int  # 0 to 100
    duration_s: int  # active seconds, pauses left out
    deck_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakLapsed(Event):
    """The actor came back after missing whole days; the streak they had starts over."""

    lost_days: int  # the streak before the gap
    missed_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FvmReached(Event):
    """First value moment: the person's first correct answer in a deck; once per person, guest or member."""

    attempt_id: str  # UUID
    person_id: str  # UUID, the same before and after sign-up
