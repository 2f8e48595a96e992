"""What the pages of this app read, gathered with a stated number of queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from viral_engine.accounts.models import CohortMembership, User
from viral_engine.accounts.visitors import Visitor
from viral_engine.learning.models import Answer, Attempt, Result, Skill, Subject
from viral_engine.learning.rules import clock_face, percentile

STRONG, FAIR = 80, 60


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of the skills heatmap."""

    skill: str
    average: int
    results: int

    @property
    def level(self) -> str:
        return "strong" if self.average >= STRONG else "fair" if self.average >= FAIR else "weak"


@dataclass(frozen=True, slots=True)
class ResultPage:
    result: Result
    answers: list[Answer]
    heatmap: dict[str, list[Tile]]
    cohort_name: str
    percentile: int | None
    peers: int
    next_skill: Skill | None
    next_reason: str

    @property
    def clock(self) -> str:
        return clock_face(self.result.duration_s)


def attempt_of(visitor: Visitor, attempt_id: Any) -> Attempt | None:
    """The attempt if it is this visitor's; 1 query."""
    mine = Attempt.objects.owned_by(
        user_id=visitor.user.pk if visitor.user else None, guest_id=visitor.guest.pk if visitor.guest else None
    )
    return mine.select_related("skill__subject", "user", "guest").filter(pk=attempt_id).first()


@dataclass(frozen=True, slots=True)
class Step:
    """Where an attempt stands: the question on the screen, and how far it is."""

    answer: Answer | None  # None once every question is answered and the last feedback was read
    answered: int
    total: int
    elapsed_s: int

    @property
    def clock(self) -> str:
        return clock_face(self.elapsed_s)

    @property
    def is_last(self) -> bool:
        return self.answered == self.total

    @property
    def number(self) -> int:
        return self.answer.position + 1 if self.answer else self.total


def step_of(attempt: Attempt, at: datetime, *, just_answered: Answer | None = None) -> Step:
    """The question just answered, with its feedback, or else the next open one; 1 query."""
    answers = list(attempt.answers.select_related("question"))
    is_open = [answer for answer in answers if answer.choice is None]
    shown = just_answered or (is_open[0] if is_open else None)
    elapsed_s = int(attempt.active_time(at).total_seconds())
    return Step(shown, len(answers) - len(is_open), len(answers), elapsed_s)


def result_page(attempt: Attempt, result: Result) -> ResultPage:
    """Cost  5 queries, whatever the cohort's size; 2 for a guest."""
    answers = list(attempt.answers.select_related("question"))
    if attempt.user_id is None:
        return ResultPage(result, answers, {}, "", None, 0, None, "")
    rows = Result.objects.all().heatmap(attempt.user_id)
    cohort_name, peers = _cohort_scores(attempt, attempt.user_id)
    next_skill, reason = _next_skill(attempt, rows)
    rank = percentile(result.score, peers)
    return ResultPage(result, answers, _tiles(rows), cohort_name, rank, len(peers), next_skill, reason)


def _tiles(rows: list[dict[str, Any]]) -> dict[str, list[Tile]]:
    heatmap: dict[str, list[Tile]] = {}
    for row in rows:
        tile = Tile(row["skill__name"], round(row["average"]), row["results"])
        heatmap.setdefault(row["skill__subject__name"], []).append(tile)
    return heatmap


def _cohort_scores(attempt: Attempt, user_id: int) -> tuple[str, list[int]]:
    membership = CohortMembership.objects.filter(user_id=user_id, is_primary=True).select_related("cohort").first()
    if membership is None:
        return "", []
    peers = Result.objects.all().best_of_cohort(membership.cohort_id, skill_id=attempt.skill_id, without=user_id)
    return membership.cohort.name, peers


def _next_skill(attempt: Attempt, rows: list[dict[str, Any]]) -> tuple[Skill | None, str]:
    """Again if it was hard, else the weakest or a new skill of the same subject."""
    if attempt.result.score < FAIR:
        return attempt.skill, "Another round makes it stick."
    averages = {row["skill__name"]: row["average"] for row in rows}
    siblings = attempt.skill.subject.skills.exclude(pk=attempt.skill_id)
    weakest = min(siblings, key=lambda skill: averages.get(skill.name, 0), default=None)
    if weakest is None:
        return None, ""
    return weakest, "Your weakest so far." if weakest.name in averages else "You have not tried it yet."


def practice_menu(user: User | None) -> list[tuple[Subject, list[Skill]]]:
    """Subjects with their skills, each skill with the learner's best score or None; 2 queries."""
    best: dict[int, int] = {}
    if user is not None:
        grouped = Result.objects.of(user.pk).values("skill_id").annotate(best=Max("score"))
        best = dict(grouped.order_by().values_list("skill_id", "best"))
    menu: dict[Subject, list[Skill]] = {}
    for skill in Skill.objects.practicable():
        skill.best_score = best.get(skill.pk)  # type: ignore[attr-defined]
        menu.setdefault(skill.subject, []).append(skill)
    return list(menu.items())
