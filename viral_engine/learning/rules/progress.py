from datetime import date, datetime, timedelta

XP_PER_QUESTION = 2
XP_PERFECT = 20
XP_STREAK_DAY = 5


def next_streak(*, streak_days: int, last_active_on: date | None, today: date) -> int:
    """The streak after an activity today: it grows on the next day and restarts after a gap.

    When the clock jumps back (today is before the last activity), nothing changes.
    """
    if last_active_on is None:
        return 1
    gap = (today - last_active_on).days
    if gap <= 0:
        return max(streak_days, 1)
    return streak_days + 1 if gap == 1 else 1


def missed_days(*, last_active_on: date | None, today: date) -> int:
    """Number of whole days without activity between the last active day and today."""
    return 0 if last_active_on is None else max((today - last_active_on).days - 1, 0)


def xp_for(*, score: int, answered: int, is_new_streak_day: bool) -> int:
    """XP of an attempt: 2 for each answer, right or wrong, plus 20 for a perfect score and 5 for a new streak day."""
    return XP_PER_QUESTION * answered + XP_PERFECT * (score == 100) + XP_STREAK_DAY * is_new_streak_day  # noqa: PLR2004


def is_worth_a_day(*, answered: int, total: int) -> bool:
    """Whether an attempt earns XP and a streak day: half of the questions or more were answered.

    Tests end by themselves, so opening one and leaving earns nothing.
    """
    return 2 * answered >= total > 0


AT_RISK_FOR = timedelta(hours=6)


def is_late_in_the_day(at: datetime, next_midnight: datetime) -> bool:
    """Whether midnight is so close that a streak not continued today is at risk."""
    return timedelta(0) < next_midnight - at <= AT_RISK_FOR
