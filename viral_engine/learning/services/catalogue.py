from dataclasses import asdict

from django.db import transaction

from viral_engine.learning.bank import Draft, catalogue
from viral_engine.learning.models import Question, Skill, Subject

COLUMNS = ["prompt", "passage", "choices", "answer", "explanation", "difficulty"]


@transaction.atomic
def load_catalogue() -> int:
    """Every subject, skill and question of the bank is stored as written; returns how many questions.

    Loading again changes what the bank changed and nothing else; rows admins added stay.

    Cost  3 statements a skill.
    """
    count = 0
    for place, subject_draft in enumerate(catalogue()):
        subject, _ = Subject.objects.update_or_create(
            slug=subject_draft.slug, defaults={"name": subject_draft.name, "position": place}
        )
        for position, skill_draft in enumerate(subject_draft.skills):
            skill, _ = Skill.objects.update_or_create(
                slug=skill_draft.slug,
                defaults={"subject": subject, "name": skill_draft.name, "position": position},
            )
            _store(skill, skill_draft.questions)
            count += len(skill_draft.questions)
    return count


def _store(skill: Skill, drafts: tuple[Draft, ...]) -> None:
    questions = [Question(skill=skill, **(asdict(draft) | {"choices": list(draft.choices)})) for draft in drafts]
    Question.objects.bulk_create(questions, update_conflicts=True, unique_fields=["key"], update_fields=COLUMNS)
