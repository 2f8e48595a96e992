import random
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from viral_engine.accounts.models import User
from viral_engine.accounts.services.preferences import set_current_subject
from viral_engine.kernel.services import announce, announce_unlogged, is_announced
from viral_engine.learning.events import AnswerGiven, FvmReached, PracticeStarted
from viral_engine.learning.models import Answer, Attempt, Question, Skill, active_questions
from viral_engine.learning.rules.answers import Judged, UnreadableAnswer, judge_order, judge_text
from viral_engine.learning.rules.grades import levels_for
from viral_engine.learning.rules.review import PRACTICE_QUESTIONS, choose_questions
from viral_engine.learning.services.adaptive import ask_next


class TooFewQuestions(Exception):
    """The skill or subject has too few active questions."""


class AnswerRefused(Exception):
    """The attempt is over, or an earlier question is still open."""


class TimeIsUp(AnswerRefused):
    """The test's deadline has passed; the answers so far count."""


@transaction.atomic
def start_practice(*, user: User, skill: Skill, at: datetime, count: int = PRACTICE_QUESTIONS) -> Attempt:
    """Return the learner's open practice of a skill, or start one with `count` questions as hard as the grade allows.

    Questions that went wrong earlier come back when they are due (rules.review), among new ones.

    Cost      6 statements, 1 more for another subject than the last time; 1 when one is open, 3 when it was left long
              ago. The question bank is in the process's cache.
    Raises    TooFewQuestions.
    Announces PracticeStarted, once.
    """
    mine = Attempt.objects.of_skill(skill).filter(user=user)
    running = mine.unfinished().select_related("subject", "skill", "user").first()
    if running is not None:
        _leave_out_absence(running, at)
        return running
    questions = _choose(user, skill, count, at)
    # Of two starts at once, the second meets the unique (user, skill) and returns the first one's row.
    attempt, is_new = Attempt.objects.get_or_create(
        user=user,
        kind=Attempt.Kind.PRACTICE,
        skill=skill,
        finished_at=None,
        defaults={"subject": skill.subject, "started_at": at},
    )
    if is_new:
        fill_attempt(attempt, questions)
    return attempt


def _choose(user: User, skill: Skill, count: int, at: datetime) -> list[int]:
    """Ids of the questions of a practice; 1 query. Raises  TooFewQuestions."""
    active = active_questions(skill.slug)
    questions = choose_questions(
        active.by_level if active else {},
        Answer.objects.history_of(user, [skill.pk]),
        count=count,
        levels=levels_for(user.grade, skill.first_grade),
        at=at,
        dice=random.Random(),  # noqa: S311  (chance, no secret)
    )
    if len(questions) < count:
        raise TooFewQuestions(skill.slug)
    return questions


def _leave_out_absence(attempt: Attempt, at: datetime) -> None:
    """Count the time since the last answer as a pause, if the learner left the page and comes back now."""
    if attempt.paused_at is None and at - attempt.started_at > Attempt.LEFT_AFTER:
        last = attempt.answers.aggregate(last=Max("answered_at"))["last"] or attempt.started_at
        if at - last > Attempt.LEFT_AFTER:
            pause_attempt(attempt=attempt, at=last)
    resume_attempt(attempt=attempt, at=at)


def fill_attempt(attempt: Attempt, question_ids: Iterable[int]) -> None:
    """Add the questions to a new attempt and announce it; the caller holds the transaction.

    A member's current subject becomes the attempt's. Cost  2 inserts and the questions; 1 more for another subject.
    """
    if attempt.user is not None:
        set_current_subject(user=attempt.user, subject=attempt.subject.slug)
    Answer.objects.bulk_create(
        Answer(attempt=attempt, position=place, question_id=pk) for place, pk in enumerate(question_ids)
    )
    announce(
        PracticeStarted(
            actor_id=attempt.user_id,
            guest_id=str(attempt.guest_id or ""),
            link_code=attempt.link_code,
            attempt_id=str(attempt.pk),
            skill=attempt.skill.slug if attempt.skill else "",
            kind=attempt.kind,
            subject=attempt.subject.slug,
        ),
        at=attempt.started_at,
    )


@transaction.atomic
def answer_question(
    *,
    attempt: Attempt,
    position: int,
    choice: int | None = None,
    typed: str = "",
    order: Sequence[int] = (),
    at: datetime,
) -> Answer:
    """Save and check the answer to a question; a second answer changes nothing and returns the first.

    Every question can be answered by one of its four choices. A question of another kind also takes a typed text or
    the order of its parts.

    An answer resumes a paused attempt. The first right answer in a deck or diagnostic is the person's first value
    moment. An answer in a diagnostic adds its next question.

    Units     position, choice and the places of an order count from 0.
    Cost      2 statements; 1 more in a test, 5 more in a diagnostic, 1 more for a right answer that may be a first
              value moment, 2 more if it is. The attempt's answers stay loaded, as they are now.
    Raises    AnswerRefused when the attempt is finished, an earlier question is open, or a typed answer cannot be
              read; TimeIsUp after a deadline.
    Announces FvmReached, once per person.
    """
    attempt.forget_answers()
    answers = attempt.loaded_answers()
    answer = next((one for one in answers if one.position == position), None)
    if answer is None:
        raise AnswerRefused("There is no such question.")
    if answer.is_correct is not None:
        return answer
    judged = _judge(answer.question, choice, typed, order)
    if not attempt.shows_feedback:  # the overdue sweep may end a test at any moment: lock it
        attempt.finished_at = (
            Attempt.objects.select_for_update().values_list("finished_at", flat=True).get(pk=attempt.pk)
        )
    if attempt.is_overdue(at):
        raise TimeIsUp("The time is up. Your answers so far count.")
    if attempt.finished_at is not None or any(one.is_correct is None for one in answers if one.position < position):
        raise AnswerRefused("Answer the questions in order.")
    resume_attempt(attempt=attempt, at=at)
    given = {"choice": judged.choice, "response": judged.text, "is_correct": judged.is_right, "answered_at": at}
    fresh = Answer.objects.filter(pk=answer.pk, is_correct=None)  # of two clicks at once the first one counts
    if not fresh.update(**given):
        answer.refresh_from_db(fields=given)
        return answer
    answer.choice, answer.response, answer.is_correct, answer.answered_at = (
        judged.choice,
        judged.text,
        judged.is_right,
        at,
    )
    _follow_up(attempt, is_correct=judged.is_right, at=at)
    return answer


def _judge(question: Question, choice: int | None, typed: str, order: Sequence[int]) -> Judged:
    """The answer as it is stored. Raises  AnswerRefused."""
    if choice is not None:
        if not 0 <= choice < len(question.choices):
            raise AnswerRefused("There is no such choice.")
        return Judged("", choice == question.answer, choice)
    key: dict[str, Any] = {"choices": question.choices, "answer": question.answer, "accepts": question.accepts}
    try:
        if question.kind == Question.Kind.ORDER:
            return judge_order(order, question.parts, **key)
        if question.kind != Question.Kind.CHOICE:
            return judge_text(question.kind, typed, **key)
    except UnreadableAnswer as unreadable:
        raise AnswerRefused(str(unreadable)) from None
    raise AnswerRefused("Choose an answer first.")


def _follow_up(attempt: Attempt, *, is_correct: bool, at: datetime) -> None:
    announce_unlogged(AnswerGiven(actor_id=attempt.user_id, attempt_id=str(attempt.pk), deck_id=attempt.deck_id), at=at)
    if is_correct and attempt.counts_first_value:
        _reach_first_value(attempt, at)
    if attempt.kind == Attempt.Kind.DIAGNOSTIC:
        ask_next(attempt)
        attempt.forget_answers()


def _reach_first_value(attempt: Attempt, at: datetime) -> None:
    """Announce the first value moment once per person; later right answers cost one read."""
    person_id = str(attempt.guest_id if attempt.user is None else attempt.user.person_id)
    key = f"fvm:{person_id}"
    if is_announced(key):
        return
    event = FvmReached(
        actor_id=attempt.user_id,
        guest_id=str(attempt.guest_id or ""),
        link_code=attempt.link_code,
        attempt_id=str(attempt.pk),
        person_id=person_id,
    )
    announce(event, at=at, key=key)


def pause_attempt(*, attempt: Attempt, at: datetime) -> None:
    """Stop the timer; for a paused or finished attempt or a test it changes nothing."""
    running = Attempt.objects.unfinished().filter(pk=attempt.pk, paused_at=None, deadline_at=None)
    if running.update(paused_at=at):
        attempt.paused_at = at


def resume_attempt(*, attempt: Attempt, at: datetime) -> None:
    """Restart the timer; for a running attempt it changes nothing and costs no query."""
    if attempt.paused_at is None:
        return
    paused_s = attempt.paused_s + max(round((at - attempt.paused_at).total_seconds()), 0)
    paused = Attempt.objects.unfinished().filter(pk=attempt.pk, paused_at=attempt.paused_at)
    if paused.update(paused_at=None, paused_s=paused_s):
        attempt.paused_at, attempt.paused_s = None, paused_s
