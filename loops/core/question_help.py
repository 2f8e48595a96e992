"""The helper: one AI-tutor minute explains one answered question, step by step, with a worked example."""

from datetime import datetime

from django.db import transaction

from loops.core.rewards.lots import lock_ledger
from loops.core.rewards.redemptions import InsufficientBalance, redeem_reward
from loops.models import QuestionHelp
from loops.rules.question_help import help_steps, sentences
from viral_engine.accounts.models import User
from viral_engine.learning.models import Answer, Question

MINUTES = "ai_tutor_minutes"


class HelpRefused(Exception):
    """No explanation was given and no minute was spent; the text says what to do next."""


@transaction.atomic
def explain_answer(*, user: User, answer: Answer, at: datetime) -> QuestionHelp:
    """Explain an answered question of the learner's finished attempt, once; a repeat returns the first explanation.

    The learner's own minutes pay, else those of a parent, who also holds what a child under 13 has earned.

    Cost      at most 16 statements; 2 for a repeat.
    Raises    HelpRefused without a minute; ValueError for an answer of another person or an open attempt.
    Announces RewardRedeemed, once.
    """
    if answer.attempt.user_id != user.pk or answer.attempt.finished_at is None or answer.is_correct is None:
        raise ValueError("only finished answers of one's own are explained")
    lock_ledger(user.pk)  # a second press waits here, and then finds the first one's row
    given = QuestionHelp.objects.filter(answer=answer).first()
    if given is not None:
        return given
    _pay(user, answer, at)
    question = answer.question
    steps = help_steps(
        given=answer.own_choice,
        is_right=answer.is_correct,
        right=question.right_choice,
        worked=question.steps or sentences(question.explanation),
        similar=_similar(question),
    )
    return QuestionHelp.objects.create(answer=answer, user=user, steps=steps, given_at=at)


def _pay(user: User, answer: Answer, at: datetime) -> None:
    reason = f"{user.private_name}: a question in {answer.question.skill.name} explained"
    for payer in (user, *User.objects.guardians_of(user.pk)):
        try:
            redeem_reward(user=payer, kind=MINUTES, amount=1, reason=reason, key=f"help:{answer.pk}", at=at)
        except InsufficientBalance:
            continue
        return
    raise HelpRefused("You have no AI-tutor minute left. You can get some with your points on the Rewards page.")


def _similar(question: Question) -> tuple[str, str, str] | None:
    """Another question of the skill, as hard, without a passage to read first; the same one on every call."""
    others = Question.objects.filter(skill=question.skill_id, is_active=True, passage="").exclude(pk=question.pk)
    found = others.filter(difficulty=question.difficulty).order_by("key").first()
    return (found.prompt, found.right_choice, found.explanation) if found is not None else None
