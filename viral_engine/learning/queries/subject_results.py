"""The result of a test or diagnostic: by skill, by difficulty and by both."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from viral_engine.learning.models import Answer, Attempt, Difficulty, Result, Skill
from viral_engine.learning.queries.results import CohortRank, SkillTile, level_of, rank_in_cohort, tiles_of
from viral_engine.learning.rules.adaptive import AnsweredQuestion, level_estimate, level_name
from viral_engine.learning.rules.advice import PartScore, skill_to_repair
from viral_engine.learning.rules.grades import LEVELS
from viral_engine.learning.rules.scoring import clock_face


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table: a skill at a difficulty, or the sum of a row or column."""

    score: PartScore

    @property
    def level(self) -> str:
        return level_of(self.score.percent) if self.score.total else "none"


@dataclass(frozen=True, slots=True)
class SkillRow:
    """One skill: easy to hard, and the sum."""

    skill: Skill
    cells: list[Cell]
    whole: Cell


@dataclass(frozen=True, slots=True)
class SubjectResultPage:
    result: Result
    level: str  # of a diagnostic; empty for a test
    rows: list[SkillRow]
    columns: list[tuple[str, Cell]]  # by difficulty
    wrong: list[Answer]
    unanswered: int
    rank: CohortRank
    heatmap: dict[str, list[SkillTile]]  # all the learner's results so far
    next_skill: Skill | None
    next_reason: str

    @property
    def clock(self) -> str:
        return clock_face(self.result.duration_s)


def subject_result_page(attempt: Attempt, result: Result) -> SubjectResultPage:
    """The result of a test or diagnostic. Cost  4 queries for any cohort size; 1 for a guest, 3 without a cohort."""
    answers = list(attempt.answers.select_related("question__skill"))
    rows = _rows(answers)
    slug, reason = skill_to_repair({row.skill.slug: row.whole.score for row in rows})
    heatmap = {} if attempt.user_id is None else tiles_of(Result.objects.all().heatmap(attempt.user_id))
    return SubjectResultPage(
        result=result,
        level=_level(answers) if attempt.kind == Attempt.Kind.DIAGNOSTIC else "",
        rows=rows,
        columns=[(name, _cell(a for a in answers if a.question.difficulty == name)) for name in Difficulty.values],
        wrong=[answer for answer in answers if answer.is_correct is False],
        unanswered=sum(answer.is_correct is None for answer in answers),
        rank=CohortRank() if attempt.user_id is None else rank_in_cohort(attempt, result.score),
        heatmap=heatmap,
        next_skill=next((row.skill for row in rows if row.skill.slug == slug), None),
        next_reason=reason,
    )


def _rows(answers: list[Answer]) -> list[SkillRow]:
    skills = sorted({answer.question.skill for answer in answers}, key=lambda skill: (skill.position, skill.name))
    found = []
    for skill in skills:
        mine = [answer for answer in answers if answer.question.skill_id == skill.pk]
        cells = [_cell(a for a in mine if a.question.difficulty == name) for name in Difficulty.values]
        found.append(SkillRow(skill, cells, _cell(mine)))
    return found


def _cell(answers: Iterable[Answer]) -> Cell:
    counted = Counter(bool(answer.is_correct) for answer in answers)
    return Cell(PartScore(right=counted[True], total=counted.total()))


def _level(answers: list[Answer]) -> str:
    asked = [
        AnsweredQuestion(answer.question.skill_id, LEVELS.index(answer.question.difficulty), bool(answer.is_correct))
        for answer in answers
    ]
    return level_name(level_estimate(asked))
