from viral_engine.learning.services.attempts import (
    AnswerRefused,
    AttemptUnfinished,
    TooFewQuestions,
    answer_question,
    finish_attempt,
    pause_attempt,
    restore_streak,
    resume_attempt,
    start_practice,
)
from viral_engine.learning.services.catalogue import load_catalogue
from viral_engine.learning.services.claims import claim_guest_attempts
from viral_engine.learning.services.decks import DeckClosed, create_deck, start_deck

__all__ = [
    "AnswerRefused",
    "AttemptUnfinished",
    "DeckClosed",
    "TooFewQuestions",
    "answer_question",
    "claim_guest_attempts",
    "create_deck",
    "finish_attempt",
    "load_catalogue",
    "pause_attempt",
    "restore_streak",
    "resume_attempt",
    "start_deck",
    "start_practice",
]
