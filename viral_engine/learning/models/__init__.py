from viral_engine.learning.models.attempt import Answer, Attempt
from viral_engine.learning.models.catalogue import Deck, DeckQuestion, Difficulty, Question, Skill, Subject
from viral_engine.learning.models.result import Progress, Result

__all__ = [
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
]
