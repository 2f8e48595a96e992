"""A diagnostic asks its questions one by one, each chosen by how the ones before went."""

from django.db.models import QuerySet

from viral_engine.learning import rules
from viral_engine.learning.models import Answer, Attempt, Question, Subject


def candidates(subject: Subject) -> QuerySet[Question]:
    """What may be asked of a subject, skills in the order of the catalogue and questions in none."""
    return Question.objects.filter(skill__subject=subject, is_active=True).order_by("skill__position", "skill", "?")


def as_candidates(questions: QuerySet[Question]) -> list[rules.Candidate]:
    """1 query."""
    rows = questions.values_list("pk", "skill", "difficulty")
    return [rules.Candidate(pk, skill, rules.LEVELS.index(difficulty)) for pk, skill, difficulty in rows]


def asked_in(attempt: Attempt) -> list[rules.Asked]:
    """The answered questions in order; 1 query."""
    answered = attempt.answers.filter(choice__isnull=False).order_by("position")
    rows = answered.values_list("question__skill", "question__difficulty", "is_correct")
    return [rules.Asked(skill, rules.LEVELS.index(level), bool(is_right)) for skill, level, is_right in rows]


def ask_next(attempt: Attempt) -> None:
    """The diagnostic has its next question, unless all were asked; the caller holds the attempt's lock.

    Cost  3 statements.
    """
    asked = asked_in(attempt)
    if len(asked) >= rules.DIAGNOSTIC_QUESTIONS:
        return
    left = candidates(attempt.subject).exclude(pk__in=attempt.answers.values("question"))
    chosen = rules.next_question(asked, as_candidates(left))
    if chosen is not None:  # staff may have taken questions away meanwhile: then it ends here
        Answer.objects.create(attempt=attempt, position=len(asked), question_id=chosen.question_id)
