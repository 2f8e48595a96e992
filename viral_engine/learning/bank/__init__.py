"""The question bank: mathematics from templates, reading and science written by hand in JSON."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from viral_engine.learning.bank.mathematics import FIRST_GRADES, write_skill
from viral_engine.learning.bank.mathematics import SKILLS as MATH_SKILLS

HERE = Path(__file__).parent
LEVELS = (("easy", 8), ("medium", 10), ("hard", 6))


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question before it is stored, with its choices in final, shuffled order."""

    key: str
    prompt: str
    choices: tuple[str, ...]
    answer: int
    explanation: str
    difficulty: str
    passage: str = ""


@dataclass(frozen=True, slots=True)
class SkillDraft:
    slug: str
    name: str
    first_grade: int
    questions: tuple[QuestionDraft, ...]


@dataclass(frozen=True, slots=True)
class SubjectDraft:
    slug: str
    name: str
    skills: tuple[SkillDraft, ...]


def catalogue() -> Iterator[SubjectDraft]:
    """Math, Reading and Science: the same text, order and keys on every call and machine."""
    yield SubjectDraft("math", "Math", tuple(_math_skill(slug, name) for slug, name in MATH_SKILLS.items()))
    yield _written("reading.json")
    yield _written("science.json")


def _math_skill(slug: str, name: str) -> SkillDraft:
    drafts = [
        _shuffled(f"{slug}-{level}-{number:02d}", level, prompt, answer, distractors, explanation)
        for level, count in LEVELS
        for number, (prompt, answer, distractors, explanation) in enumerate(write_skill(slug, level, count), start=1)
    ]
    return SkillDraft(slug, name, FIRST_GRADES[slug], tuple(drafts))


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
