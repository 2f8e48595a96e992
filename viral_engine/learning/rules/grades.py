"""Levels that suit a learner's grade."""

LEVELS = ("easy", "medium", "hard")
LAST_GRADE = 12
YEARS_TO_ALL, YEARS_TO_NO_EASY = 2, 4


def levels_for(grade: int | None, first_grade: int) -> tuple[str, ...]:
    """The difficulties of a practice: easy before the skill's first grade, all from two years after it.

    From four years after it, easy questions are left out. Without a grade all levels suit.
    """
    if grade is None:
        return LEVELS
    years = grade - first_grade
    if years < 0:
        return LEVELS[:1]
    if years < YEARS_TO_ALL:
        return LEVELS[:2]
    return LEVELS if years < YEARS_TO_NO_EASY else LEVELS[1:]


def suits(grade: int | None, first_grade: int) -> bool:
    """Whether a skill is taught in this grade or before; without a grade every skill suits."""
    return grade is None or first_grade <= grade
