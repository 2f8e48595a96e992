"""Conditions for badges."""

STREAKS = (7, 30, 100)
CHALLENGE_WINS = (1, 10, 50)
MASTERY_ATTEMPTS, MASTERY_SCORE = 3, 90
XP_BADGE = 100


def streak_badges(days: int) -> tuple[str, ...]:
    """Badge kinds earned by a streak of this many days."""
    return tuple(f"streak_{needed}" for needed in STREAKS if days >= needed)


def win_badges(won: int) -> tuple[str, ...]:
    """Badge kinds earned by this many won challenges."""
    return tuple(f"challenges_won_{needed}" for needed in CHALLENGE_WINS if won >= needed)


def is_mastered(attempts_at_90: int) -> bool:
    """Whether a skill is mastered: three attempts with a score of 90 or more."""
    return attempts_at_90 >= MASTERY_ATTEMPTS
