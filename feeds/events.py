from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitiesPosted(Event):
    """Activities became visible to others. Announced without a log row, because the activities are stored."""

    activity_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityChanged(Event):
    """A reaction to an activity was added or removed. Announced without a log row."""

    activity_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitiesHidden(Event):
    """The actor's activities are hidden from every stream. Announced without a log row."""

    cohort_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFeedShareClicked(Event):
    """The actor shared their progress from the feed."""

    activity_id: int
    attempt_id: str  # UUID of the shared result
    skill: str  # empty when it covers a whole subject
    score: int  # 0 to 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted(Event):
    """A chat message was posted. Announced without a log row, because the message is stored."""

    message_id: int
    cohort_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHidden(Event):
    """Staff hid a message."""

    message_id: int
    cohort_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortChallengeCreated(Event):
    challenge_id: int
    cohort_id: int
    skill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoPracticeStarted(Event):
    """The actor asked a friend to practice together."""

    co_practice_id: int
    friend_id: int
    skill: str
