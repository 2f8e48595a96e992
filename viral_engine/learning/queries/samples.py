from datetime import date

from viral_engine.learning.models import Difficulty, Question

SAMPLE_SUBJECT = "math"


def sample_question(day: date) -> Question | None:
    """The question of the day on the start page; None without a question bank. Cost  2 queries."""
    fitting = Question.objects.filter(
        is_active=True,
        kind=Question.Kind.CHOICE,
        skill__subject__slug=SAMPLE_SUBJECT,
        difficulty=Difficulty.EASY,
        passage="",
    ).order_by("key")
    number = fitting.count()
    return fitting.select_related("skill__subject")[day.toordinal() * 37 % number] if number else None
