"""Which actions follow from a summary, and why there are fewer than four."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loops.session_intelligence.rules.summary import Summary, SummaryItem

MIN_ACTIONS = 4
EXAM_DAYS = 7
REMIND_BEFORE = timedelta(days=2)
PROUD_QUALITY = 4
# The person each kind is for.
AUDIENCE = {
    "beat_my_skill": "student",
    "study_buddy": "student",
    "celebration": "student",
    "parent_reel": "parent",
    "tutor_share": "tutor",
    "prep_pack": "tutor",
}
WHY_NOT = {
    "beat_my_skill": "We found no skill gap.",
    "study_buddy": "We found no homework, and no test within a week.",
    "celebration": "We found no breakthrough.",
    "parent_reel": "The session's quality was under 4.",
}


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """An action to make. `item` is what was said; None for what every session gets."""

    kind: str
    skill: str = ""
    item: SummaryItem | None = None
    exam_on: date | None = None

    @property
    def audience(self) -> str:
        return AUDIENCE[self.kind]


def plan(summary: Summary, today: date) -> list[PlannedAction]:
    """The actions of a session, the student's first. `today` may be weeks after a session that was logged late."""
    skill = summary.main_skill
    found = [PlannedAction("tutor_share", skill), PlannedAction("prep_pack", skill, _first(summary.skill_gaps))]
    if summary.skill_gaps:
        gap = summary.skill_gaps[0]
        found.append(PlannedAction("beat_my_skill", gap.skill or skill, gap))
    exam = summary.exam_within(today, EXAM_DAYS)
    if exam or summary.homework_items:
        cause = exam or summary.homework_items[0]
        on = date.fromisoformat(exam.on) if exam else None
        found.append(PlannedAction("study_buddy", cause.skill or skill, cause, on))
    if summary.breakthroughs:
        moment = _first(summary.viral_moments) or summary.breakthroughs[0]
        found.append(PlannedAction("celebration", moment.skill or skill, moment))
    if summary.session_quality >= PROUD_QUALITY:
        found.append(PlannedAction("parent_reel", skill, _first(summary.breakthroughs)))
    return sorted(found, key=lambda action: list(AUDIENCE).index(action.kind))


def _first(items: Sequence[SummaryItem]) -> SummaryItem | None:
    return items[0] if items else None


def shortfall(planned: Sequence[PlannedAction], made: int, refused: Sequence[str]) -> list[str]:
    """Why a session has fewer than four actions, in sentences for the tutor; empty when it has four."""
    if made >= MIN_ACTIONS:
        return []
    kinds = {action.kind for action in planned}
    return [*(why for kind, why in WHY_NOT.items() if kind not in kinds), *refused]
