"""Results, classes and families that a scene begins with, through the services, at times before it."""

from datetime import datetime, timedelta

from monitoring.demo.stage import Actor, DemoStage
from viral_engine.accounts.models import Cohort, Guardianship
from viral_engine.accounts.services.cohorts import join_cohort, save_cohort
from viral_engine.accounts.services.consent import give_consent
from viral_engine.learning.models import Attempt, Skill, Subject, TutorStudent
from viral_engine.learning.services import assessments, attempts, completion


def practice_at(actor: Actor, skill: Skill, *, right: int, at: datetime) -> None:
    """Finish five questions, the first `right` of them right."""
    attempt = attempts.start_practice(user=actor.user, skill=skill, at=at)
    _answer(attempt, right, at)
    completion.finish_attempt(attempt=attempt, at=at + timedelta(minutes=2))


def take_test_at(actor: Actor, subject: Subject, *, right: int, at: datetime) -> None:
    """Finish a practice test of twenty questions, the first `right` of them right."""
    attempt = assessments.start_practice_test(user=actor.user, subject=subject, at=at)
    _answer(attempt, right, at)
    completion.finish_attempt(attempt=attempt, at=at + timedelta(minutes=10))


def _answer(attempt: Attempt, right: int, at: datetime) -> None:
    for answer in attempt.answers.select_related("question"):
        solution = answer.question.answer
        choice = solution if answer.position < right else (solution + 1) % len(answer.question.choices)
        when = at + timedelta(seconds=10 * (answer.position + 1))
        attempts.answer_question(attempt=attempt, position=answer.position, choice=choice, at=when)


def make_class(stage: DemoStage, name: str, members: list[Actor], at: datetime) -> Cohort:
    cohort = Cohort()
    save_cohort(cohort=cohort, name=f"{name} {stage.run.capitalize()}", grade=8, is_active=True)
    stage.cohorts.append(cohort.pk)
    for member in members:
        join_cohort(cohort=cohort, user=member.user, at=at)
    return cohort


def make_guardian(parent: Actor, child: Actor, at: datetime) -> None:
    """As staff enter it in the admin."""
    Guardianship.objects.create(parent=parent.user, child=child.user, created_at=at)


def agree_to_share(stage: DemoStage, parent: Actor, child: Actor, at: datetime) -> None:
    """Give the consent that lets a parent share the child's progress, and report it."""
    given = give_consent(parent=parent.user, child=child.user, kind="ferpa", method="password", ip_hash="", at=at)
    stage.fact("Consent", f"{given.kind}, given by {parent.name} for {child.name} (row {given.pk})")


def make_student(tutor: Actor, student: Actor, at: datetime) -> None:
    """As staff enter it in the admin."""
    TutorStudent.objects.create(tutor=tutor.user, student=student.user, created_at=at)
