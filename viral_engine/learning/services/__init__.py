from viral_engine.learning.services.achievements import award_badge, award_for_attempt, award_for_win
from viral_engine.learning.services.assessments import (
    TEST_LIFE,
    start_diagnostic,
    start_practice_test,
)
from viral_engine.learning.services.attempts import (
    AnswerRefused,
    TimeIsUp,
    TooFewQuestions,
    answer_question,
    pause_attempt,
    resume_attempt,
    start_practice,
)
from viral_engine.learning.services.catalogue import load_catalogue
from viral_engine.learning.services.claims import claim_guest_attempts
from viral_engine.learning.services.completion import (
    AttemptUnfinished,
    finish_attempt,
    finish_overdue_tests,
    restore_streak,
)
from viral_engine.learning.services.decks import DeckClosed, create_deck, start_deck
from viral_engine.learning.services.popularity import popular_skills
from viral_engine.learning.services.streaks import warn_of_streaks
from viral_engine.learning.services.transcripts import (
    drop_childs_transcripts,
    drop_unwanted_transcripts,
    forget_person,
    purge_transcripts,
)
from viral_engine.learning.services.tutoring import (
    RatingRefused,
    SessionDraft,
    SessionRefused,
    TranscriptRefused,
    log_session,
    may_rate,
    rate_session,
    require_transcript_allowed,
)

__all__ = [
    "TEST_LIFE",
    "AnswerRefused",
    "AttemptUnfinished",
    "DeckClosed",
    "RatingRefused",
    "SessionDraft",
    "SessionRefused",
    "TimeIsUp",
    "TooFewQuestions",
    "TranscriptRefused",
    "answer_question",
    "award_badge",
    "award_for_attempt",
    "award_for_win",
    "claim_guest_attempts",
    "create_deck",
    "drop_childs_transcripts",
    "drop_unwanted_transcripts",
    "finish_attempt",
    "finish_overdue_tests",
    "forget_person",
    "load_catalogue",
    "log_session",
    "may_rate",
    "pause_attempt",
    "popular_skills",
    "purge_transcripts",
    "rate_session",
    "require_transcript_allowed",
    "restore_streak",
    "resume_attempt",
    "start_deck",
    "start_diagnostic",
    "start_practice",
    "start_practice_test",
    "warn_of_streaks",
]
