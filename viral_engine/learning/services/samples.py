"""Practice before an account: a visitor answers the question on the start page, and goes on from there."""

from datetime import datetime

from django.db import transaction

from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Answer, Attempt, Question
from viral_engine.learning.services.attempts import answer_question
from viral_engine.learning.services.decks import create_deck, start_deck


@transaction.atomic
def start_sample(*, owner: User | Guest, question: Question, choice: int, at: datetime) -> Answer:
    """Start five questions of one skill with the visitor's answer to the first; returns that answer.

    Cost      as `create_deck`, `start_deck` and `answer_question`.
    Raises    TooFewQuestions, AnswerRefused; nothing is written.
    Announces PracticeStarted, and FvmReached for a first right answer.
    """
    deck = create_deck(skill_slug=question.skill.slug, at=at, levels=(question.difficulty,), first=question.pk)
    attempt: Attempt = start_deck(deck=deck, owner=owner, link_code="", at=at)
    return answer_question(attempt=attempt, position=0, choice=choice, at=at)
