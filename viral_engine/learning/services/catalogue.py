from dataclasses import asdict

from django.db import transaction

from viral_engine.learning.bank import QuestionDraft, catalogue
from viral_engine.learning.models import Question, Skill, Subject

COLUMNS = ["prompt", "passage", "choices", "answer", "explanation", "difficulty"]


@transaction.atomic
def load_catalogue() -> int:
    """Store all subjects, skills and questions of the bank; returns the number of questions.

    Loading again updates only what changed in the bank; rows added by admins stay.

    Cost  3 statements per skill.
    """
    count = 0
    for place, subject_draft in enumerate(catalogue()):
        subject, _ = Subject.objects.update_or_create(
            slug=subject_draft.slug, defaults={"name": subject_draft.name, "position": place}
        )
        for position, skill_draft in enumerate(subject_draft.skills):
            skill, _ = Skill.objects.update_or_create(
                slug=skill_draft.slug,
                defaults={
                    "subject": subject,
                    "name": skill_draft.name,
                    "position": position,
                    "first_grade": skill_draft.first_grade,
                },
            )
            _store(skill, skill_draft.questions)
            count += len(skill_draft.questions)
    return count


def _store(skill: Skill, drafts: tuple[QuestionDraft, ...]) -> None:
    questions = [Question(skill=skill, **(asdict(draft) | {"choices": list(draft.choices)})) for draft in drafts]
    Question.objects.bulk_create(questions, update_conflicts=True, unique_fields=["key"], update_fields=COLUMNS)
