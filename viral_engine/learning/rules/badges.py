"""What earns a badge."""

STREAKS = (7, 30, 100)
VICTORIES = (1, 10, 50)
MASTERY_ROUNDS, MASTERY_SCORE = 3, 90
XP_BADGE = 100


def streak_badges(days: int) -> tuple[str, ...]:
    """Kinds that a streak of this many days has earned by now."""
    return tuple(f"streak_{needed}" for needed in STREAKS if days >= needed)


def victory_badges(won: int) -> tuple[str, ...]:
    """Kinds that this many won challenges have earned by now."""
    return tuple(f"challenges_won_{needed}" for needed in VICTORIES if won >= needed)


def is_mastered(rounds_at_90: int) -> bool:
    """Three rounds of 90 or more in one skill."""
    return rounds_at_90 >= MASTERY_ROUNDS
