"""Mastery of skills as stars, and of grades as the share of their stars."""

from collections.abc import Iterable
from dataclasses import dataclass

from viral_engine.learning.rules.badges import MASTERY_ATTEMPTS

MAX_STARS = MASTERY_ATTEMPTS  # the third star comes with the badge


def stars_for(attempts_at_90: int) -> int:
    """A star for each practice with a score of 90 or more, up to three."""
    return min(attempts_at_90, MAX_STARS)


@dataclass(frozen=True, slots=True)
class GradeMastery:
    """The stars of a learner in the skills of one grade."""

    grade: int
    stars: int
    skills: int
    mastered: int

    @property
    def max_stars(self) -> int:
        return MAX_STARS * self.skills


def by_grade(stars: Iterable[tuple[int, int]]) -> list[GradeMastery]:
    """Mastery of each grade, lowest first, from (grade, stars) of its skills."""
    grouped: dict[int, list[int]] = {}
    for grade, count in stars:
        grouped.setdefault(grade, []).append(count)
    return [
        GradeMastery(grade, sum(counts), len(counts), sum(count == MAX_STARS for count in counts))
        for grade, counts in sorted(grouped.items())
    ]
