"""Choose the next question of a diagnostic and the questions of a test, and estimate the level."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from viral_engine.learning.rules.grades import LEVELS

DIAGNOSTIC_QUESTIONS, TEST_QUESTIONS = 20, 20
MAX_SKILLS = 6  # of a test or diagnostic, so that each is asked often enough
FIRST_LEVEL = 1
SETTLED_AFTER = 5  # by then the staircase has left its starting point
LEVEL_NAMES = ("beginner", "intermediate", "advanced")


@dataclass(frozen=True, slots=True)
class CandidateQuestion:
    """A question that can be asked."""

    question_id: int
    skill_id: int
    level: int  # 0 easy, 1 medium, 2 hard


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """An answered question of a diagnostic."""

    skill_id: int
    level: int
    is_right: bool


def step(level: int, *, was_right: bool) -> int:
    """One level up after a right answer, one down after a wrong one, between easy and hard."""
    return min(level + 1, len(LEVELS) - 1) if was_right else max(level - 1, 0)


def next_level(asked: Sequence[AnsweredQuestion]) -> int:
    """The level of the next question: medium first, then a step from the last answer."""
    return step(asked[-1].level, was_right=asked[-1].is_right) if asked else FIRST_LEVEL


def next_question(asked: Sequence[AnsweredQuestion], left: Sequence[CandidateQuestion]) -> CandidateQuestion | None:
    """The candidate of the least asked skill that is nearest to the next level; None without candidates.

    All skills take turns and are asked equally often. Ties go to the first skill in `left` and the easier level.
    """
    if not left:
        return None
    times, level = Counter(one.skill_id for one in asked), next_level(asked)
    least = min(times[candidate.skill_id] for candidate in left)
    of_skill = next(candidate.skill_id for candidate in left if times[candidate.skill_id] == least)
    of_this = [candidate for candidate in left if candidate.skill_id == of_skill]
    return min(of_this, key=lambda candidate: (abs(candidate.level - level), candidate.level))


def balanced_selection(left: Sequence[CandidateQuestion], count: int) -> list[CandidateQuestion]:
    """Up to `count` candidates: skills take turns, and each skill goes from easy to hard."""
    chosen: list[CandidateQuestion] = []
    rest = list(left)
    times: Counter[int] = Counter()
    while rest and len(chosen) < count:
        least = min(times[candidate.skill_id] for candidate in rest)
        skill_id = next(candidate.skill_id for candidate in rest if times[candidate.skill_id] == least)
        wanted = times[skill_id] % len(LEVELS)
        of_this = [candidate for candidate in rest if candidate.skill_id == skill_id]
        best = min(of_this, key=lambda candidate: (abs(candidate.level - wanted), candidate.level))
        rest.remove(best)
        times[skill_id] += 1
        chosen.append(best)
    return chosen


def diagnostic_score(asked: Sequence[AnsweredQuestion]) -> int:
    """The share of a perfect run's points, 0 to 100: an easy answer earns 1 point, a medium 2, a hard 3.

    The share of right answers would say little, because a diagnostic adapts until about half of the answers are wrong.
    """
    if asked and all(one.is_right for one in asked):
        return 100
    best = sum(min(FIRST_LEVEL + place, len(LEVELS) - 1) + 1 for place in range(len(asked)))
    reached = sum(one.level + 1 for one in asked if one.is_right)
    return min((200 * reached + best) // (2 * best), 99) if best else 0


def level_estimate(asked: Sequence[AnsweredQuestion]) -> float:
    """The mean of the levels after the first five questions, 0 (easy) to 2 (hard).

    The level of the next question counts, too. Source  Levitt 1971, the up-down method.
    """
    visited = [one.level for one in asked] + [next_level(asked)]
    settled = visited[SETTLED_AFTER:] or visited[-1:]
    return round(sum(settled) / len(settled), 2)


def level_name(estimate: float) -> str:
    """The name of an estimate: right at medium and wrong at hard settles at 1.5, which is intermediate."""
    return LEVEL_NAMES[0] if estimate <= 0.5 else LEVEL_NAMES[1] if estimate <= 1.5 else LEVEL_NAMES[2]  # noqa: PLR2004
