"""Questions, skills and subjects before they are stored."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question with its choices in final, shuffled order. Every kind has four: they help where typing is hard."""

    key: str
    prompt: str
    choices: tuple[str, ...]
    answer: int
    explanation: str
    difficulty: str
    passage: str = ""
    kind: str = "choice"
    parts: tuple[str, ...] = ()  # to put in order, as they are shown
    accepts: tuple[str, ...] = ()  # the right order of the parts, or other spellings of a fill-in
    hints: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def right_choice(self) -> str:
        return self.choices[self.answer]


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
