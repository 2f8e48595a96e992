from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce

from viral_engine.accounts.models import CohortMembership, User
from viral_engine.kernel.clock import now, today
from viral_engine.learning.models import Answer, Attempt, Progress, Result, Skill
from viral_engine.learning.rules.grades import LAST_GRADE
from viral_engine.learning.rules.scoring import clock_face

STRONG, FAIR = 80, 60
MIN_PEERS = 5  # in a smaller group the number would reveal single scores


@dataclass(frozen=True, slots=True)
class SkillTile:
    """One square of the skills heatmap."""

    skill: str
    average: int
    results: int

    @property
    def level(self) -> str:
        return level_of(self.average)


def level_of(percent: int) -> str:
    """The name and color class of a share of right answers."""
    return "strong" if percent >= STRONG else "fair" if percent >= FAIR else "weak"


@dataclass(frozen=True, slots=True)
class CohortRank:
    """The rank of a result among the cohort's best scores; without a number in small groups."""

    cohort_name: str = ""  # empty without a cohort
    peers: int = 0
    beaten: int | None = None  # classmates whose best score is lower

    @property
    def text(self) -> str:
        """Compare with classmates in words, without a word of shame for the last place; empty in small groups."""
        if self.beaten is None:
            return ""
        if not self.beaten:
            return f"{self.peers} classmates took this too."
        if self.beaten == self.peers:
            return f"Better than all {self.peers} classmates."
        return f"Better than {self.beaten} of {self.peers} classmates."


@dataclass(frozen=True, slots=True)
class ResultPage:
    result: Result
    answers: list[Answer]
    heatmap: dict[str, list[SkillTile]]
    rank: CohortRank
    next_skill: Skill | None
    next_reason: str
    progress: Progress | None = None  # the learner's XP and streak, this attempt included
    streak: int = 0

    @property
    def mistakes(self) -> int:
        return self.result.total - self.result.correct

    @property
    def xp_before(self) -> int:
        """XP before this attempt, from which the page counts up."""
        return max(self.progress.xp - self.result.xp, 0) if self.progress else 0

    @property
    def mood(self) -> str:
        """How the page celebrates: perfect, strong, fair or start."""
        score = self.result.score
        return "perfect" if score == 100 else "strong" if score >= STRONG else "fair" if score >= FAIR else "start"  # noqa: PLR2004

    @property
    def clock(self) -> str:
        return clock_face(self.result.duration_s)


def result_page(attempt: Attempt, result: Result) -> ResultPage:
    """The result of practice. Cost  6 queries for any cohort size; 2 for a guest."""
    answers = list(attempt.answers.select_related("question"))
    if attempt.user_id is None:
        return ResultPage(result, answers, {}, CohortRank(), None, "")
    rows = Result.objects.all().heatmap(attempt.user_id)
    next_skill, reason = _next_skill(attempt, rows)
    rank = rank_in_cohort(attempt, result.score)
    progress = Progress.objects.filter(user=attempt.user_id).first()
    streak = progress.streak_on(today(now())) if progress else 0
    return ResultPage(result, answers, tiles_of(rows), rank, next_skill, reason, progress, streak)


def tiles_of(rows: list[dict[str, Any]]) -> dict[str, list[SkillTile]]:
    heatmap: dict[str, list[SkillTile]] = {}
    for row in rows:
        tile = SkillTile(row["skill__name"], round(row["average"]), row["results"])
        heatmap.setdefault(row["skill__subject__name"], []).append(tile)
    return heatmap


def rank_in_cohort(attempt: Attempt, score: int) -> CohortRank:
    """The rank among the best scores of the cohort. 2 queries for any cohort size; 1 without a cohort."""
    user_id = attempt.user_id or 0
    membership = CohortMembership.objects.filter(user_id=user_id, is_primary=True).select_related("cohort").first()
    if membership is None:
        return CohortRank()
    peers = Result.objects.all().best_of_cohort(membership.cohort_id, attempt, without=user_id)
    beaten = sum(1 for other in peers if other < score) if len(peers) >= MIN_PEERS else None
    return CohortRank(membership.cohort.name, len(peers), beaten)


def _next_skill(attempt: Attempt, rows: list[dict[str, Any]]) -> tuple[Skill | None, str]:
    """The same skill after a low score, else the weakest or a new skill of the subject."""
    if attempt.skill is None or attempt.user_id is None or attempt.result.score < FAIR:
        return attempt.skill, "Practice it again to make it stick."
    averages = {row["skill__name"]: row["average"] for row in rows}
    grade = Subquery(User.objects.filter(pk=attempt.user_id).values("grade"))
    suits = Q(first_grade__lte=Coalesce(grade, LAST_GRADE))
    siblings = attempt.subject.skills.exclude(pk=attempt.skill.pk).filter(Q(name__in=averages) | suits)
    weakest = min(siblings, key=lambda skill: averages.get(skill.name, 0), default=None)
    if weakest is None:
        return None, ""
    return weakest, "Next to improve." if weakest.name in averages else "You have not tried it yet."
