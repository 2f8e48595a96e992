from collections.abc import Collection
from dataclasses import asdict

from django.db import transaction

from viral_engine.learning.bank import catalogue
from viral_engine.learning.bank.drafts import QuestionDraft
from viral_engine.learning.models import Question, Skill, Subject

LISTS = ("choices", "parts", "accepts", "hints", "steps")
COLUMNS = [*LISTS, "prompt", "passage", "answer", "explanation", "difficulty", "kind"]
# Keys of questions from templates: of the first release by number, later by content. A changed question has a new key,
# so that results of the past keep the text that the learner answered.
FROM_TEMPLATES = r"^(m\.|(algebra|geometry|fractions|percentages|integers)-(easy|medium|hard)-\d\d$)"


@transaction.atomic
def load_catalogue(only: Collection[str] | None = None) -> int:
    """Store the subjects, skills and questions of the bank, or of some skills; returns the number of questions.

    Loading again updates questions that changed in the bank. Rows that staff added or edited stay as they are, and so
    do names and positions of subjects and skills. Questions from templates that the bank no longer has are deactivated,
    never deleted: attempts point at them.

    Cost  4 statements per skill, and 1.
    """
    count = 0
    keys: list[str] = []
    for place, subject_draft in enumerate(catalogue(only)):
        subject, _ = Subject.objects.get_or_create(
            slug=subject_draft.slug, defaults={"name": subject_draft.name, "position": place}
        )
        for position, skill_draft in enumerate(subject_draft.skills):
            skill, _ = Skill.objects.get_or_create(
                slug=skill_draft.slug,
                defaults={
                    "subject": subject,
                    "name": skill_draft.name,
                    "position": position,
                    "first_grade": skill_draft.first_grade,
                },
            )
            _store(skill, skill_draft.questions)
            keys += [question.key for question in skill_draft.questions]
            count += len(skill_draft.questions)
    if only is None:
        gone = Question.objects.filter(key__regex=FROM_TEMPLATES, is_active=True, edited_at=None).exclude(key__in=keys)
        gone.update(is_active=False)
    return count


def _store(skill: Skill, drafts: tuple[QuestionDraft, ...]) -> None:
    """Write the drafts, but over no edit of staff. The lock keeps an edit that begins meanwhile behind this load."""
    keys = [draft.key for draft in drafts]
    known = Question.objects.select_for_update(of=("self",)).filter(key__in=keys).values_list("key", "edited_at")
    edited = {key for key, edited_at in known if edited_at is not None}
    rows = [asdict(draft) for draft in drafts if draft.key not in edited]
    questions = [Question(skill=skill, **(row | {name: list(row[name]) for name in LISTS})) for row in rows]
    Question.objects.bulk_create(questions, update_conflicts=True, unique_fields=["key"], update_fields=COLUMNS)
