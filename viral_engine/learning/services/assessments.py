"""Start tests and diagnostics: attempts that cover a subject and show their results at the end."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt, Subject
from viral_engine.learning.rules.adaptive import DIAGNOSTIC_QUESTIONS, TEST_QUESTIONS, balanced_selection, next_question
from viral_engine.learning.services.adaptive import as_candidates, candidates
from viral_engine.learning.services.attempts import TooFewQuestions, fill_attempt
from viral_engine.learning.services.completion import finish_attempt

TEST_LIFE = timedelta(minutes=20)


@transaction.atomic
def start_practice_test(*, user: User, subject: Subject, at: datetime) -> Attempt:
    """Return the learner's open test of a subject, or start one with 20 questions in 20 minutes.

    An open test whose time is up is finished first.

    Cost      6 statements, 1 more for another subject than the last time; 1 when one is open.
    Raises    TooFewQuestions.
    Announces PracticeStarted, once.
    """
    kind = Attempt.Kind.PRACTICE_TEST
    mine = Attempt.objects.of_subject(subject, kind).filter(user=user).unfinished()
    running = mine.select_related("user", "subject", "skill").first()
    if running is not None and not running.is_overdue(at):
        return running
    if running is not None:
        finish_attempt(attempt=running, at=at)
    chosen = balanced_selection(as_candidates(candidates(subject, user.grade)), TEST_QUESTIONS)
    if len(chosen) < TEST_QUESTIONS:
        raise TooFewQuestions(subject.slug)
    questions = [candidate.question_id for candidate in chosen]
    return _open({"user": user}, subject, kind, questions, at, deadline_at=at + TEST_LIFE)


@transaction.atomic
def start_diagnostic(*, owner: User | Guest, subject: Subject, link_code: str, at: datetime) -> Attempt:
    """Return the person's open diagnostic of a subject, or start one with its first question.

    Cost      6 statements, 1 more for another subject than the last time; 1 when one is open.
    Raises    TooFewQuestions.
    Announces PracticeStarted, once.
    """
    kind = Attempt.Kind.DIAGNOSTIC
    owned: dict[str, Any] = {"user": owner} if isinstance(owner, User) else {"guest": owner, "user": None}
    running = Attempt.objects.of_subject(subject, kind).filter(**owned).unfinished().select_related("subject").first()
    if running is not None:
        return running
    left = as_candidates(candidates(subject, owner.grade if isinstance(owner, User) else None))
    first = next_question([], left)
    if first is None or len(left) < DIAGNOSTIC_QUESTIONS:
        raise TooFewQuestions(subject.slug)
    return _open(owned, subject, kind, [first.question_id], at, link_code=link_code)


def _open(
    owned: dict[str, Any], subject: Subject, kind: str, questions: Iterable[int], at: datetime, **fields: Any
) -> Attempt:
    # Of two starts at once, the second meets the unique (owner, subject, kind) and returns the first one's row.
    attempt, is_new = Attempt.objects.get_or_create(
        **owned, subject=subject, kind=kind, finished_at=None, defaults={"started_at": at} | fields
    )
    if is_new:
        fill_attempt(attempt, questions)
    return attempt
