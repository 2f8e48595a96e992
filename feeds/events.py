from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPosted(Event):
    """Others may see what the actor did. Mentioned, not logged: the activity's own row says so."""

    activity_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityChanged(Event):
    """Somebody reacted, or took it back. Mentioned."""

    activity_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitiesHidden(Event):
    """The actor no longer wants to be seen: what they did is gone from every stream. Mentioned."""

    cohort_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFeedShareClicked(Event):
    """The actor shared their progress from the feed."""

    activity_id: int
    attempt_id: str  # UUID of the result they told of
    skill: str  # empty for what covers a whole subject
    score: int  # 0 to 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted(Event):
    """Mentioned: the message's own row says so."""

    message_id: int
    cohort_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHidden(Event):
    """Staff took a message away."""

    message_id: int
    cohort_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbuseReport(Event):
    """The actor reported a message; staff have it in their queue."""

    message_id: int
    author_id: int


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
