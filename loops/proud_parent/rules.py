"""A child's week in numbers, and what is said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

STREAK_WORTH_TELLING, MOST_SKILLS = 3, 4


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week, known by its Monday."""

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
    """The week that ended before the one of today began."""
    return Week(today - timedelta(days=today.weekday() + 7))


@dataclass(frozen=True, slots=True)
class SkillWeek:
    """One skill practiced in the week. Averages are 0 to 100; `before` is None where the week before had none of it."""

    slug: str
    name: str
    average: int
    rounds: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """What a child did in a week; `*_before` is the week before it."""

    rounds: int
    minutes: int
    xp: int
    active_days: int
    streak_days: int
    rounds_before: int = 0
    minutes_before: int = 0
    xp_before: int = 0
    skills: tuple[SkillWeek, ...] = ()
    badges: tuple[str, ...] = ()

    @property
    def best(self) -> SkillWeek | None:
        """The best average; of two alike the one practiced more."""
        return max(self.skills, key=lambda skill: (skill.average, skill.rounds, skill.name), default=None)


def streak_at_end(*, streak_days: int, last_active_on: date | None, sunday: date) -> int:
    """The streak as it stood on the Sunday, read some days later: days since then do not count for that week."""
    if last_active_on is None or last_active_on < sunday - timedelta(days=1):
        return 0
    return max(streak_days - max((last_active_on - sunday).days, 0), 0)


def recap_headline(
    *, badges: Sequence[str], streak_days: int, best_name: str, best_score: int | None, rounds: int
) -> str:
    """The best there is to say of the week, in a few words that name nobody."""
    if badges:
        return badges[0]
    if best_name and best_score is not None and best_score >= 80:  # noqa: PLR2004  (four right of five)
        return f"{best_score}% in {best_name}"
    if streak_days >= STREAK_WORTH_TELLING:
        return f"{streak_days} days of practice in a row"
    return f"{counted(rounds, 'round')} finished"


def plural(number: int, one: str) -> str:
    return one if number == 1 else f"{one}s"


def counted(number: int, one: str) -> str:
    """ "1 round", "2 rounds"."""
    return f"{number} {plural(number, one)}"


def change(now: int, before: int) -> str:
    """How a number of the week compares with the one before: "3 more"."""
    return "the same" if now == before else f"{abs(now - before)} {'more' if now > before else 'less'}"


def birthday_of_age(age: int, today: date) -> date:
    """Whoever was born after this day is younger than `age` today."""
    is_leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - age, day=28 if is_leap_day else today.day)
