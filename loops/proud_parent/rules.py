"""A child's week in numbers, and its headline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from viral_engine.formatting import count_noun

MIN_STREAK_SHOWN, MAX_SKILLS = 3, 4


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week, identified by its Monday."""

    starts_on: date

    @property
    def year(self) -> int:
        return self.starts_on.isocalendar().year

    @property
    def number(self) -> int:
        return self.starts_on.isocalendar().week

    @property
    def ends_on(self) -> date:
        """Its Sunday."""
        return self.starts_on + timedelta(days=6)

    @property
    def before(self) -> "Week":
        return Week(self.starts_on - timedelta(days=7))


def last_week(today: date) -> Week:
    """Return the last complete week before today."""
    return Week(today - timedelta(days=today.weekday() + 7))


@dataclass(frozen=True, slots=True)
class SkillWeek:
    """One skill practiced in the week. Averages are 0 to 100; `before` is None for a skill new this week."""

    slug: str
    name: str
    average: int
    attempts: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """A child's activity in a week; `*_before` values are of the week before."""

    attempts: int
    minutes: int
    xp: int
    active_days: int
    streak_days: int
    attempts_before: int = 0
    minutes_before: int = 0
    xp_before: int = 0
    skills: tuple[SkillWeek, ...] = ()
    badges: tuple[str, ...] = ()

    @property
    def best(self) -> SkillWeek | None:
        """Return the skill with the best average; the one practiced more wins a tie."""
        return max(self.skills, key=lambda skill: (skill.average, skill.attempts, skill.name), default=None)


def streak_at_end(*, streak_days: int, last_active_on: date | None, sunday: date) -> int:
    """Return the streak on the Sunday, computed some days later: later days do not count."""
    if last_active_on is None or last_active_on < sunday - timedelta(days=1):
        return 0
    return max(streak_days - max((last_active_on - sunday).days, 0), 0)


def recap_headline(
    *, badges: Sequence[str], streak_days: int, best_name: str, best_score: int | None, attempts: int
) -> str:
    """Return the week's best news in a few words, without names."""
    if badges:
        return badges[0]
    if best_name and best_score is not None and best_score >= 80:  # noqa: PLR2004  (four right of five)
        return f"{best_score}% in {best_name}"
    if streak_days >= MIN_STREAK_SHOWN:
        return f"{streak_days} days of practice in a row"
    return f"{count_noun(attempts, 'practice')} finished"


def change(now: int, before: int) -> str:
    """Compare a number with the week before: "3 more"."""
    return "the same" if now == before else f"{abs(now - before)} {'more' if now > before else 'less'}"


def birthday_of_age(age: int, today: date) -> date:
    """Return the latest birthday of people who are at least `age` today."""
    is_leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - age, day=28 if is_leap_day else today.day)
