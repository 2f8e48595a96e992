from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt, Deck, DeckQuestion, Difficulty, Question
from viral_engine.learning.services.attempts import TooFewQuestions, fill_attempt

DECK_QUESTIONS = 5
DECK_LIFE = timedelta(hours=48)


class DeckClosed(Exception):
    """The deck's 48 hours are over; an attempt begun in time may still be finished."""


def create_deck(*, skill_slug: str, at: datetime) -> Deck:
    """Five medium questions of one skill, open for 48 hours; the caller holds the transaction.

    Cost    3 statements.
    Raises  TooFewQuestions.
    """
    medium = Question.objects.filter(skill__slug=skill_slug, difficulty=Difficulty.MEDIUM)
    questions = medium.draw(DECK_QUESTIONS)
    if len(questions) < DECK_QUESTIONS:
        raise TooFewQuestions(skill_slug)
    deck = Deck.objects.create(skill_id=questions[0].skill_id, created_at=at, expires_at=at + DECK_LIFE)
    DeckQuestion.objects.bulk_create(
        DeckQuestion(deck=deck, question=question, position=place) for place, question in enumerate(questions)
    )
    return deck


@transaction.atomic
def start_deck(*, deck: Deck, owner: User | Guest, link_code: str, at: datetime) -> Attempt:
    """The person's one attempt at the deck; starting again returns it, finished or not.

    Cost      7 statements, 1 when it exists.
    Raises    DeckClosed when the deck expired before this person began.
    Announces PracticeStarted, once.
    """
    owned: dict[str, Any] = {"user" if isinstance(owner, User) else "guest": owner}
    existing = Attempt.objects.filter(deck=deck, **owned).first()
    if existing is not None:
        return existing
    if not deck.is_open(at):
        raise DeckClosed
    # A second start at the same moment meets the unique (owner, deck) and returns the first one's row.
    attempt, is_new = Attempt.objects.get_or_create(
        deck=deck,
        **owned,
        defaults={
            "kind": Attempt.Kind.CHALLENGE,
            "skill": deck.skill,
            "link_code": link_code,
            "started_at": at,
        },
    )
    if is_new:
        fill_attempt(attempt, list(deck.questions.order_by("deckquestion__position")))
    return attempt
