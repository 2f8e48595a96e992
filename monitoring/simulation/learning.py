"""Practices, tests and tutoring sessions of residents, through the services of learning."""

from datetime import datetime, timedelta
from random import Random

from monitoring.simulation.people import Resident
from viral_engine.learning.models import Attempt, Skill, Subject, TutorStudent
from viral_engine.learning.services import assessments, attempts, completion, tutoring

ANSWER_S = 12
FIVE_STARS = 5


def practice(one: Resident, skill: Skill, dice: Random, at: datetime) -> None:
    """Finish five questions of a skill."""
    attempt = attempts.start_practice(user=one.user, skill=skill, at=at)
    finish(attempt, one.strength, dice, at)


def take_test(one: Resident, subject: Subject, dice: Random, at: datetime) -> None:
    """Finish a practice test of twenty questions."""
    attempt = assessments.start_practice_test(user=one.user, subject=subject, at=at)
    finish(attempt, one.strength, dice, at)


def finish(attempt: Attempt, strength: float, dice: Random, at: datetime) -> None:
    """Answer every open question, each right with this chance, and finish."""
    last = at
    for answer in attempt.answers.select_related("question").filter(choice=None):
        right = answer.question.answer
        last = at + timedelta(seconds=ANSWER_S * (answer.position + 1))
        choice = right if dice.random() < strength else (right + 1) % len(answer.question.choices)
        attempts.answer_question(attempt=attempt, position=answer.position, choice=choice, at=last)
    completion.finish_attempt(attempt=attempt, at=last + timedelta(seconds=ANSWER_S))


def answer_first(attempt: Attempt, at: datetime) -> None:
    """Answer the first question right: a newcomer's first value."""
    first = attempt.answers.select_related("question").get(position=0)
    attempts.answer_question(attempt=attempt, position=0, choice=first.question.answer, at=at)


def teach(tutor: Resident, subject: Subject, dice: Random, at: datetime, *, five_stars: float) -> bool:
    """Log a session of 45 minutes with one of the tutor's students, who rates it; whether it got five stars."""
    students = TutorStudent.objects.select_related("student").filter(tutor=tutor.user).order_by("pk")
    student = dice.choice(list(students)).student
    start = at - timedelta(hours=1)
    draft = tutoring.SessionDraft(student.pk, subject, start, duration_min=45)
    session = tutoring.log_session(tutor=tutor.user, draft=draft, at=at)
    rating = FIVE_STARS if dice.random() < five_stars else FIVE_STARS - 1
    tutoring.rate_session(session=session, by=student, rating=rating, feedback="", at=at)
    return rating == FIVE_STARS
