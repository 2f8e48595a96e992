from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeStarted(Event):
    attempt_id: str  # UUID
    skill: str  # empty for what covers a whole subject
    kind: str  # practice | challenge | practice_test | diagnostic
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGiven(Event):
    """A question of a deck has an answer. Mentioned, not logged: the answer's own row says so."""

    attempt_id: str  # UUID
    deck_id: int


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
class PracticeTestCompleted(Event):
    """A timed test of a subject is over: handed in, or its time was up."""

    attempt_id: str  # UUID
    subject: str
    score: int  # 0 to 100; what was left open counts as wrong
    duration_s: int
    answered: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticCompleted(Event):
    """A diagnostic of a subject found the level of whoever took it, guest or member."""

    attempt_id: str  # UUID
    subject: str
    score: int  # 0 to 100, points of a run without a mistake
    duration_s: int  # active seconds, pauses left out
    level: str  # beginner | intermediate | advanced
    level_estimate: float  # 0 easy to 2 hard


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakLapsed(Event):
    """The actor came back after missing whole days; the streak they had starts over."""

    lost_days: int  # the streak before the gap
    missed_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakAtRisk(Event):
    """The actor has a streak, has not practiced today, and the day ends within six hours; once a day."""

    streak_days: int
    ends_at: str  # ISO 8601, the midnight after which the streak is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementEarned(Event):
    """The actor earned a badge; once per badge."""

    kind: str
    title: str
    skill: str = ""  # slug, of a mastered skill


@dataclass(frozen=True, slots=True, kw_only=True)
class FvmReached(Event):
    """First value moment: the first correct answer in a deck or a diagnostic; once per person, guest or member."""

    attempt_id: str  # UUID
    person_id: str  # UUID, the same before and after sign-up


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCompleted(Event):
    """The actor, a tutor, gave a lesson and wrote it down."""

    session_id: int
    student_id: int
    subject: str
    has_transcript: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRatedFiveStars(Event):
    """The actor, a tutor, was given five stars for a lesson; once per lesson, whatever the stars become later."""

    session_id: int
    tutor_id: int
    subject: str
    rated_by_id: int  # the student, or a parent
