from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeStarted(Event):
    attempt_id: str  # UUID
    skill: str  # slug; empty when it covers a whole subject
    kind: str  # practice | challenge | practice_test | diagnostic
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGiven(Event):
    """A question was answered. Announced without a log row, because the answer is stored itself."""

    attempt_id: str  # UUID
    deck_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeCompleted(Event):
    attempt_id: str  # UUID
    subject: str
    skill: str
    kind: str  # practice | challenge
    score: int  # 0 to 100
    duration_s: int  # active seconds, without pauses
    deck_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeTestCompleted(Event):
    """A timed test of a subject ended: it was handed in or its time was up."""

    attempt_id: str  # UUID
    subject: str
    score: int  # 0 to 100; open questions count as wrong
    duration_s: int
    answered: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticCompleted(Event):
    """A diagnostic found the level of a guest or member in a subject."""

    attempt_id: str  # UUID
    subject: str
    score: int  # 0 to 100, share of the points of a perfect run
    duration_s: int  # active seconds, without pauses
    level: str  # beginner | intermediate | advanced
    level_estimate: float  # 0 easy to 2 hard


AttemptCompleted = PracticeCompleted | PracticeTestCompleted | DiagnosticCompleted


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakLapsed(Event):
    """The actor came back after missing whole days; their streak starts over."""

    lost_days: int  # the streak before the gap
    missed_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakAtRisk(Event):
    """The actor will lose a streak at midnight unless they practice; at most once a day, six hours before or later."""

    streak_days: int
    ends_at: str  # ISO 8601, the midnight at which the streak ends


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementEarned(Event):
    """The actor earned a badge; once per badge."""

    kind: str
    title: str
    skill: str = ""  # slug of a mastered skill


@dataclass(frozen=True, slots=True, kw_only=True)
class FvmReached(Event):
    """First value moment: the first right answer in a deck or diagnostic; once per person, guest or member."""

    attempt_id: str  # UUID
    person_id: str  # UUID, the same before and after sign-up


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCompleted(Event):
    """The actor, a tutor, logged a tutoring session."""

    session_id: int
    student_id: int
    subject: str
    has_transcript: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRatedFiveStars(Event):
    """The actor, a tutor, got five stars for a tutoring session; once per session, even if the rating changes later."""

    session_id: int
    tutor_id: int
    subject: str
    rated_by_id: int  # the student, or a parent


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeWon(Event):
    """The actor beat the score of the person who challenged them. Any loop with a deck may announce it."""

    challenge_id: int
    score: int
    score_to_beat: int
    skill: str = ""
