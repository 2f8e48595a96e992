import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt, Deck, DeckQuestion, Difficulty, active_questions
from viral_engine.learning.services.attempts import TooFewQuestions, fill_attempt

DECK_QUESTIONS = 5
DECK_LIFE = timedelta(hours=48)


class DeckClosed(Exception):
    """The deck has expired; attempts started in time may still be finished."""


def create_deck(
    *,
    skill_slug: str,
    at: datetime,
    size: int = DECK_QUESTIONS,
    lasts: timedelta = DECK_LIFE,
    levels: Sequence[str] = (Difficulty.MEDIUM,),
    first: int | None = None,
) -> Deck:
    """Create a deck of random questions of one skill, open for `lasts`; the caller holds the transaction.

    `first` is the id of the question to begin with, which the person has seen already.

    Cost    2 statements, with the question bank in the process's cache.
    Raises  TooFewQuestions.
    """
    active = active_questions(skill_slug)
    offered = [pk for level in levels for pk in active.by_level.get(level, [])] if active else []
    if active is None or len(offered) < size + (first is not None):
        raise TooFewQuestions(skill_slug)
    begun = [] if first is None else [first]
    drawn = begun + random.sample([pk for pk in offered if pk != first], size - len(begun))
    deck = Deck.objects.create(skill_id=active.skill_id, created_at=at, expires_at=at + lasts)
    DeckQuestion.objects.bulk_create(
        DeckQuestion(deck=deck, question_id=pk, position=place) for place, pk in enumerate(drawn)
    )
    return deck


def start_deck(*, deck: Deck, owner: User | Guest, link_code: str, at: datetime) -> Attempt:
    """Start the person's one attempt at a deck; starting again returns it, finished or not.

    As `start_or_find_attempt`, for callers to whom a repeat makes no difference.
    """
    attempt, _ = start_or_find_attempt(deck=deck, owner=owner, link_code=link_code, at=at)
    return attempt


@transaction.atomic
def start_or_find_attempt(*, deck: Deck, owner: User | Guest, link_code: str, at: datetime) -> tuple[Attempt, bool]:
    """Return the person's one attempt at a deck, and whether it was started just now.

    Cost      6 statements with the skill and its subject loaded, 1 more for another subject than the last time;
              1 when it exists.
    Raises    DeckClosed when the deck expired before this person started.
    Announces PracticeStarted, once.
    """
    owned: dict[str, Any] = {"user" if isinstance(owner, User) else "guest": owner}
    existing = Attempt.objects.filter(deck=deck, **owned).first()
    if existing is not None:
        return existing, False
    if not deck.is_open(at):
        raise DeckClosed
    # Of two starts at once, the second meets the unique (owner, deck) and returns the first one's row.
    attempt, is_new = Attempt.objects.get_or_create(
        deck=deck,
        **owned,
        defaults={
            "kind": Attempt.Kind.CHALLENGE,
            "subject": deck.skill.subject,
            "skill": deck.skill,
            "link_code": link_code,
            "started_at": at,
        },
    )
    if is_new:
        fill_attempt(attempt, deck.slots.order_by("position").values_list("question", flat=True))
    return attempt, is_new
