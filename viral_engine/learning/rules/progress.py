from datetime import date, datetime, timedelta

XP_PRACTICE, XP_PERFECT = 10, 20  # of up to five questions
XP_QUESTION, XP_PERFECT_QUESTION = 2, 4  # of each question in a longer attempt
MAX_XP_QUESTIONS = 40
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
    """XP of an attempt: 2 for each answered question, 6 with a perfect score, plus 5 for a new streak day.

    A short attempt earns as much as five questions; the questions after the fortieth earn nothing.
    """
    questions = min(answered, MAX_XP_QUESTIONS)
    xp = max(XP_PRACTICE, XP_QUESTION * questions)
    if score == 100:  # noqa: PLR2004
        xp += max(XP_PERFECT, XP_PERFECT_QUESTION * questions)
    return xp + XP_STREAK_DAY * is_new_streak_day


def is_worth_a_day(*, answered: int, total: int) -> bool:
    """Whether an attempt earns XP and a streak day: half of the questions or more were answered.

    Tests end by themselves, so opening one and leaving earns nothing.
    """
    return 2 * answered >= total > 0


AT_RISK_FOR = timedelta(hours=6)


def is_late_in_the_day(at: datetime, next_midnight: datetime) -> bool:
    """Whether midnight is so close that a streak not continued today is at risk."""
    return timedelta(0) < next_midnight - at <= AT_RISK_FOR
