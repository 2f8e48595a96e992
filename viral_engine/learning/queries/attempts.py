from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from viral_engine.accounts.identity import Visitor
from viral_engine.learning.models import Answer, Attempt, Subject
from viral_engine.learning.models.attempt import AttemptQuerySet
from viral_engine.learning.rules.adaptive import DIAGNOSTIC_QUESTIONS, MAX_SKILLS
from viral_engine.learning.rules.scoring import clock_face


def attempt_of(visitor: Visitor, attempt_id: Any) -> Attempt | None:
    """The attempt if it belongs to this visitor; 1 query."""
    mine = _attempts_of(visitor)
    return mine.select_related("skill", "subject", "user", "guest").filter(pk=attempt_id).first()


def _attempts_of(visitor: Visitor) -> AttemptQuerySet:
    return Attempt.objects.owned_by(
        user_id=visitor.user.pk if visitor.user else None, guest_id=visitor.guest.pk if visitor.guest else None
    )


@dataclass(frozen=True, slots=True)
class AttemptStep:
    """The state of an attempt: the question to show and the progress."""

    answer: Answer | None  # None once every question is answered
    answered: int
    total: int
    elapsed_s: int
    left_s: int | None = None  # until a test's deadline

    @property
    def clock(self) -> str:
        return clock_face(self.elapsed_s if self.left_s is None else self.left_s)

    @property
    def is_over(self) -> bool:
        return self.left_s == 0

    @property
    def is_last(self) -> bool:
        return self.answered == self.total

    @property
    def number(self) -> int:
        return self.answer.position + 1 if self.answer else self.total


def step_of(attempt: Attempt, at: datetime, *, just_answered: Answer | None = None) -> AttemptStep:
    """The question just answered, for its feedback, or else the next open one; 1 query, none after an answer."""
    answers = attempt.loaded_answers()
    is_open = [answer for answer in answers if answer.is_correct is None]
    shown = just_answered or (is_open[0] if is_open else None)
    elapsed_s = int(attempt.active_time(at).total_seconds())
    total = DIAGNOSTIC_QUESTIONS if attempt.kind == Attempt.Kind.DIAGNOSTIC else len(answers)
    left = attempt.time_left(at)
    left_s = None if left is None else ceil(left.total_seconds())
    return AttemptStep(shown, len(answers) - len(is_open), total, elapsed_s, left_s)


@dataclass(frozen=True, slots=True)
class AssessmentIntro:
    """The page before a test or diagnostic."""

    subject: Subject
    skills: list[str]
    running: Attempt | None  # the open one
    last: Attempt | None  # the last finished one, with its result


def intro_of(visitor: Visitor, subject: Subject, kind: str) -> AssessmentIntro:
    """The page before a test or diagnostic of a subject. Cost  3 queries."""
    mine = _attempts_of(visitor).of_subject(subject, kind)
    return AssessmentIntro(
        subject=subject,
        skills=_skill_names(subject, visitor.user.grade if visitor.user else None),
        running=mine.unfinished().first(),
        last=mine.filter(finished_at__isnull=False).select_related("result").order_by("-finished_at").first(),
    )


def _skill_names(subject: Subject, grade: int | None) -> list[str]:
    """The skills of a test for a grade, in catalogue order; 1 query."""
    skills = subject.skills.all().near_grade(grade, MAX_SKILLS)
    return [skill.name for skill in sorted(skills, key=lambda skill: (skill.position, skill.name))]
