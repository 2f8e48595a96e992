"""The question bank: mathematics from templates, reading and science written by hand in JSON."""

import json
import random
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from viral_engine.learning.bank.drafts import QuestionDraft, SkillDraft, SubjectDraft
from viral_engine.learning.bank.math.generator import SEED, TemplateExhausted, write_skill
from viral_engine.learning.bank.math.items import SkillPlan
from viral_engine.learning.bank.math.plans import PLANS

HERE = Path(__file__).parent
LEVELS = (("easy", 14), ("medium", 16), ("hard", 10))


def catalogue(only: Collection[str] | None = None) -> Iterator[SubjectDraft]:
    """Math, Reading and Science, or some of their skills: the same text and keys on every call and machine."""
    plans = [plan for plan in PLANS if only is None or plan.slug in only]
    yield SubjectDraft("math", "Math", tuple(_math_skill(plan) for plan in plans))
    for filename in ("reading.json", "science.json"):
        subject = _written(filename)
        skills = tuple(skill for skill in subject.skills if only is None or skill.slug in only)
        yield replace(subject, skills=skills)


@cache
def _math_skill(plan: SkillPlan) -> SkillDraft:
    return SkillDraft(plan.slug, plan.name, plan.first_grade, tuple(math_questions(plan)))


def math_questions(plan: SkillPlan, seed: str = SEED) -> Iterator[QuestionDraft]:
    """Forty questions of a skill, each proved to have one right answer; others for another seed."""
    yield from write_skill(plan, LEVELS, seed)


PLAN_OF = {plan.slug: plan for plan in PLANS}


def has_templates(slug: str) -> bool:
    return slug in PLAN_OF


def preview_questions(slug: str, seed: str) -> list[QuestionDraft]:
    """The questions that another seed would draw; none for a skill that is written by hand, or if a seed fails."""
    try:
        return list(math_questions(PLAN_OF[slug], seed)) if slug in PLAN_OF else []
    except TemplateExhausted:
        return []


def _written(filename: str) -> SubjectDraft:
    subject = json.loads((HERE / filename).read_text(encoding="utf-8"))
    skills = []
    for skill in subject["skills"]:
        drafts = [
            _shuffled(
                f"{skill['slug']}-{number:02d}",
                item["difficulty"],
                item["prompt"],
                item["answer"],
                item["distractors"],
                item["explanation"],
                item["passage"],
            )
            for number, item in enumerate(skill["questions"], start=1)
        ]
        skills.append(SkillDraft(skill["slug"], skill["name"], skill["first_grade"], tuple(drafts)))
    return SubjectDraft(subject["slug"], subject["name"], tuple(skills))


def _shuffled(
    key: str, difficulty: str, prompt: str, answer: str, distractors: list[str], explanation: str, passage: str = ""
) -> QuestionDraft:
    choices = [answer, *distractors]
    random.Random(key).shuffle(choices)  # noqa: S311  (the order must repeat, not be secret)
    return QuestionDraft(key, prompt, tuple(choices), choices.index(answer), explanation, difficulty, passage)
