from viral_engine.learning.models.achievement import Achievement
from viral_engine.learning.models.attempt import Answer, Attempt
from viral_engine.learning.models.catalogue import (
    Deck,
    DeckQuestion,
    Difficulty,
    Question,
    Skill,
    Subject,
    active_questions,
)
from viral_engine.learning.models.result import Progress, Result, number_since
from viral_engine.learning.models.tutoring import TutoringSession, TutorStudent

__all__ = [
    "Achievement",
    "Answer",
    "Attempt",
    "Deck",
    "DeckQuestion",
    "Difficulty",
    "Progress",
    "Question",
    "Result",
    "Skill",
    "Subject",
    "TutorStudent",
    "TutoringSession",
    "active_questions",
    "number_since",
]
