"""Choose a diagnostic's questions one by one, based on the answers so far."""

from django.db.models import QuerySet

from viral_engine.learning.models import Answer, Attempt, Question, Subject
from viral_engine.learning.rules.adaptive import (
    DIAGNOSTIC_QUESTIONS,
    MAX_SKILLS,
    AnsweredQuestion,
    CandidateQuestion,
    next_question,
)
from viral_engine.learning.rules.grades import LEVELS


def candidates(subject: Subject, grade: int | None) -> QuerySet[Question]:
    """The active questions of the skills that suit a grade: skills in catalogue order, questions in random order."""
    skills = subject.skills.all().near_grade(grade, MAX_SKILLS)
    return Question.objects.filter(skill__in=skills.values("pk"), is_active=True).order_by(
        "skill__position", "skill", "?"
    )


def as_candidates(questions: QuerySet[Question]) -> list[CandidateQuestion]:
    """The questions as rules see them; 1 query."""
    rows = questions.values_list("pk", "skill", "difficulty")
    return [CandidateQuestion(pk, skill, LEVELS.index(difficulty)) for pk, skill, difficulty in rows]


def asked_in(attempt: Attempt) -> list[AnsweredQuestion]:
    """The answered questions of an attempt in order; 1 query."""
    answered = attempt.answers.filter(is_correct__isnull=False).order_by("position")
    rows = answered.values_list("question__skill", "question__difficulty", "is_correct")
    return [AnsweredQuestion(skill, LEVELS.index(level), bool(is_right)) for skill, level, is_right in rows]


def ask_next(attempt: Attempt) -> None:
    """Add the next question to a diagnostic unless it is complete; the caller holds the attempt's lock.

    Cost  3 statements.
    """
    asked = asked_in(attempt)
    if len(asked) >= DIAGNOSTIC_QUESTIONS:
        return
    grade = attempt.user.grade if attempt.user is not None else None
    left = candidates(attempt.subject, grade).exclude(pk__in=attempt.answers.values("question"))
    chosen = next_question(asked, as_candidates(left))
    if chosen is not None:  # without questions left, because staff deactivated some, the diagnostic ends early
        Answer.objects.create(attempt=attempt, position=len(asked), question_id=chosen.question_id)
