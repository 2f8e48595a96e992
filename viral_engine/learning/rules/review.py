"""Spaced review: a question that went wrong comes back after 1, 3 and 7 days of right answers.

Source  Leitner 1972, the learning box; intervals as in Cepeda et al. 2008, some 10 to 20% of the time to remember.
"""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from viral_engine.learning.rules.grades import LEVELS

PRACTICE_QUESTIONS, PRACTICE_SIZES = 5, (5, 10, 20)
INTERVALS = (timedelta(0), timedelta(days=1), timedelta(days=3), timedelta(days=7))  # after 0, 1, 2, 3 right answers
MAX_REVIEW_SHARE = 0.6  # of a practice: the rest is new, so that review does not tire


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """An answer given earlier."""

    skill_id: int
    question_id: int
    is_active: bool
    is_right: bool
    at: datetime


@dataclass(slots=True)
class _Memory:
    is_wrong_once: bool = False
    right_since: int = 0
    last_at: datetime | None = None

    def note(self, answer: PastAnswer) -> None:
        self.is_wrong_once |= not answer.is_right
        self.right_since = self.right_since + 1 if answer.is_right else 0
        self.last_at = answer.at

    def is_due(self, at: datetime) -> bool:
        is_learned = not self.is_wrong_once or self.right_since >= len(INTERVALS)
        return not is_learned and self.last_at is not None and at >= self.last_at + INTERVALS[self.right_since]


def _memories(history: Iterable[PastAnswer]) -> dict[int, _Memory]:
    memories: dict[int, _Memory] = {}
    for answer in history:
        memories.setdefault(answer.question_id, _Memory()).note(answer)
    return memories


def due_questions(history: Sequence[PastAnswer], at: datetime) -> list[int]:
    """Ids of the questions to review now, the longest waiting first; `history` is oldest first."""
    active = [answer for answer in history if answer.is_active]
    memories = _memories(active)
    found = [(memory.last_at or at, question_id) for question_id, memory in memories.items() if memory.is_due(at)]
    return [question_id for _, question_id in sorted(found)]


def due_by_skill(history: Sequence[PastAnswer], at: datetime) -> dict[int, int]:
    """The number of questions to review now, by skill."""
    skill_of = {answer.question_id: answer.skill_id for answer in history}
    counts: dict[int, int] = {}
    for question_id in due_questions(history, at):
        counts[skill_of[question_id]] = counts.get(skill_of[question_id], 0) + 1
    return counts


def choose_questions(
    by_level: Mapping[str, Sequence[int]],
    history: Sequence[PastAnswer],
    *,
    count: int,
    levels: Collection[str],
    at: datetime,
    dice: random.Random,
) -> list[int]:
    """Up to `count` questions in random order: some that are due, then new ones, then those seen longest ago.

    Questions of other levels come only where these have too few.
    """
    offered = {question_id for ids in by_level.values() for question_id in ids}
    chosen = [one for one in due_questions(history, at) if one in offered][: max(int(count * MAX_REVIEW_SHARE), 1)]
    seen_at = {answer.question_id: answer.at.timestamp() for answer in history}
    rest = [
        (level not in levels, seen_at.get(question_id, 0.0), dice.random(), question_id)
        for level in LEVELS
        for question_id in by_level.get(level, ())
        if question_id not in chosen
    ]
    chosen += [question_id for *_, question_id in sorted(rest)[: count - len(chosen)]]
    dice.shuffle(chosen)
    return chosen
