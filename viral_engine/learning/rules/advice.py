"""Recommend the next skill to practice, with a reason for the learner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from viral_engine.learning.rules.grades import suits

SHAKY = 60  # below this average more practice helps most
SHARP = 90
RUSTY_DAYS = 7


@dataclass(frozen=True, slots=True)
class SkillRecord:
    """A learner's record in one skill."""

    slug: str
    subject: str
    average: float | None = None  # None: never tried
    last_on: date | None = None
    first_grade: int = 1


def next_skill(records: Sequence[SkillRecord], today: date, grade: int | None = None) -> tuple[str, str]:
    """The skill to practice next and the reason; two empty texts without skills.

    First a skill with a low average, then one not practiced for a week, then a new one of the learner's grade, then
    the weakest.
    """
    tried = [(record.average, record.last_on or today, record) for record in records if record.average is not None]
    if not tried:
        return (_first(records, grade).slug, "A good one to start with.") if records else ("", "")
    average, _, weakest = min(tried, key=lambda row: row[0])
    if average < SHAKY:
        return weakest.slug, f"You are at {round(average)}%. Practice it again to make it stick."
    _, last_on, oldest = min(tried, key=lambda row: row[1])
    days = (today - last_on).days
    if days >= RUSTY_DAYS:
        return oldest.slug, f"You have not practiced it for {days} days."
    subjects = {record.subject for _, _, record in tried}
    untried = [record for record in records if record.average is None and suits(grade, record.first_grade)]
    if untried:
        near = next((record for record in untried if record.subject in subjects), untried[0])
        near = max((record for record in untried if record.subject == near.subject), key=lambda one: one.first_grade)
        return near.slug, "You have not tried it yet."
    if average >= SHARP:
        return weakest.slug, f"You are at {round(average)}%. Keep it sharp."
    return weakest.slug, f"Next to improve: you are at {round(average)}%."


def _first(records: Sequence[SkillRecord], grade: int | None) -> SkillRecord:
    """The first subject's skill that is nearest to the grade, else the one that is taught earliest."""
    fitting = [record for record in records if suits(grade, record.first_grade)]
    if not fitting:
        return min(records, key=lambda record: record.first_grade)
    if grade is None:
        return fitting[0]
    of_first = [record for record in fitting if record.subject == fitting[0].subject]
    return max(of_first, key=lambda record: record.first_grade)


def next_skills(
    records: Sequence[SkillRecord], today: date, most: int, grade: int | None = None
) -> list[tuple[str, str]]:
    """Up to `most` recommendations, best first."""
    found: list[tuple[str, str]] = []
    left = list(records)
    while left and len(found) < most:
        slug, reason = next_skill(left, today, grade)
        found.append((slug, reason))
        left = [record for record in left if record.slug != slug]
    return found


@dataclass(frozen=True, slots=True)
class PartScore:
    """Right answers of a part of an attempt: a skill, a difficulty or both."""

    right: int
    total: int

    @property
    def percent(self) -> int:
        return round(100 * self.right / self.total) if self.total else 0


def skill_to_repair(tallies: Mapping[str, PartScore]) -> tuple[str, str]:
    """The weakest skill of a test with the reason; the first of a tie, empty texts without answers."""
    tried = {slug: tally for slug, tally in tallies.items() if tally.total}
    if not tried:
        return "", ""
    slug = min(tried, key=lambda name: tried[name].percent)
    tally = tried[slug]
    if tally.right == tally.total:
        return slug, "Nothing went wrong. Practice it now and then to keep it that way."
    return slug, f"{tally.right} of {tally.total} right. Practice helps most here."


MIN_ANSWERS = 2  # one right answer does not show a strength


def strongest_skill(tallies: Mapping[str, PartScore]) -> tuple[str, int]:
    """The best skill and its percent; of a tie the one with more questions, empty without one."""
    shown = {slug: tally for slug, tally in tallies.items() if tally.total >= MIN_ANSWERS}
    if not shown:
        return "", 0
    slug = max(shown, key=lambda name: (shown[name].percent, shown[name].total))
    return slug, shown[slug].percent
