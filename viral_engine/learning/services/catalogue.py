from dataclasses import asdict

from django.db import transaction

from viral_engine.learning.bank import QuestionDraft, catalogue
from viral_engine.learning.models import Question, Skill, Subject

COLUMNS = ["prompt", "passage", "choices", "answer", "explanation", "difficulty"]


@transaction.atomic
def load_catalogue() -> int:
    """Store all subjects, skills and questions of the bank; returns the number of questions.

    Loading again updates questions that changed in the bank. Rows that staff added or edited stay as they are, and so
    do names and positions of subjects and skills.

    Cost  4 statements per skill.
    """
    count = 0
    for place, subject_draft in enumerate(catalogue()):
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
            count += len(skill_draft.questions)
    return count


def _store(skill: Skill, drafts: tuple[QuestionDraft, ...]) -> None:
    """Write the drafts, but over no edit of staff. The lock keeps an edit that begins meanwhile behind this load."""
    keys = [draft.key for draft in drafts]
    known = Question.objects.select_for_update(of=("self",)).filter(key__in=keys).values_list("key", "edited_at")
    edited = {key for key, edited_at in known if edited_at is not None}
    questions = [
        Question(skill=skill, **(asdict(draft) | {"choices": list(draft.choices)}))
        for draft in drafts
        if draft.key not in edited
    ]
    Question.objects.bulk_create(questions, update_conflicts=True, unique_fields=["key"], update_fields=COLUMNS)
