"""Demo data: the question catalogue, a small school with one cohort, and four people to log in as."""

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from experiments.services.lifecycle import start_experiment
from loops.core.default_experiments import load_default_experiments
from viral_engine.accounts.models import Cohort, Guardianship, Role, User
from viral_engine.accounts.services.cohorts import join_cohort
from viral_engine.learning.models import Attempt, Skill, Subject, TutorStudent
from viral_engine.learning.services import attempts, catalogue, completion, tutoring

PASSWORD = "brightside-demo"  # noqa: S105  (printed at start; the seed refuses to run in production)
LOGINS = (("ada", "learner"), ("grace", "parent of ada"), ("toni", "tutor"), ("admin", "admin"))
TRANSCRIPT = Path(__file__).with_name("seed_transcript.vtt")
CLASSMATES = ("Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hana", "Ivo", "June", "Kai", "Lea")


def is_seeded() -> bool:
    return User.objects.filter(username="ada").exists()


@transaction.atomic
def seed(*, at: datetime) -> None:
    """Load the catalogue, and create the people and their results once."""
    catalogue.load_catalogue()
    if is_seeded():
        return
    drafted = load_default_experiments()
    for experiment in drafted if settings.SEED_EXPERIMENTS else ():
        start_experiment(experiment=experiment, by=None, at=at, note="Started with the seed.")
    password = make_password(PASSWORD)
    ada = _person("ada", "Ada", Role.STUDENT, birth_year=at.year - 14, password=password, grade=8)
    grace = _person("grace", "Grace", Role.PARENT, birth_year=at.year - 41, password=password)
    toni = _person("toni", "Toni", Role.TUTOR, birth_year=at.year - 33, password=password)
    admin = _person("admin", "Admin", Role.ADMIN, birth_year=at.year - 40, password=password)
    admin.is_staff = admin.is_superuser = True
    admin.save(update_fields=["is_staff", "is_superuser"])
    Guardianship.objects.create(parent=grace, child=ada, created_at=at)
    cohort = Cohort.objects.create(name="Grade 8 Comets", grade=8)
    classmates = [
        _person(name.lower(), name, Role.STUDENT, birth_year=at.year - 14, password=password, grade=8)
        for name in CLASSMATES
    ]
    for learner in (ada, *classmates):
        join_cohort(cohort=cohort, user=learner, at=at)
    _teach(toni, ada, classmates[0], at)
    _praise(toni, classmates[1], at)
    # Their results must not use up today's offers. The on_commit call below runs after the listeners of those results.
    quiet = User.objects.filter(pk__in=[learner.pk for learner in classmates])
    quiet.update(growth_prompts=False)
    _play(classmates, at)
    _fill_boards(classmates, at)
    transaction.on_commit(lambda: quiet.update(growth_prompts=True))


def _person(
    username: str, first_name: str, role: str, *, birth_year: int, password: str, grade: int | None = None
) -> User:
    email = f"{username}@example.com"
    user = User.objects.create(
        username=username,
        first_name=first_name,
        last_name="Example",
        email=email,
        role=role,
        birthdate=date(birth_year, 1, 15),
        grade=grade,
        password=password,
    )
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def _play(learners: list[User], at: datetime) -> None:
    """Let each classmate practice a few skills over the last three days, through the real services."""
    dice = Random("seed")  # noqa: S311  (the same school every time)
    skills = list(Skill.objects.select_related("subject"))
    for learner in learners:
        strength = dice.uniform(0.5, 0.95)
        for days_ago in (3, 2, 1):
            start = at - timedelta(days=days_ago, minutes=dice.randint(0, 600))
            attempt = attempts.start_practice(user=learner, skill=dice.choice(skills), at=start)
            _answer_all(attempt, strength, dice, start)


def _teach(tutor: User, ada: User, bo: User, at: datetime) -> None:
    """Give the tutor two students with one session each; ada's has a transcript and waits for her rating."""
    math = Subject.objects.get(slug="math")
    for student, days_ago, transcript in ((ada, 1, TRANSCRIPT.read_text(encoding="utf-8")), (bo, 3, "")):
        TutorStudent.objects.create(tutor=tutor, student=student, created_at=at - timedelta(days=30))
        start = at.replace(minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
        draft = tutoring.SessionDraft(student.pk, math, start, duration_min=45, transcript=transcript)
        session = tutoring.log_session(tutor=tutor, draft=draft, at=at)
    tutoring.rate_session(session=session, by=bo, rating=4, feedback="The pizza trick helped a lot.", at=at)


def _praise(tutor: User, student: User, at: datetime) -> None:
    """Rate a session with five stars: after commit the tutor gets a page to share."""
    TutorStudent.objects.create(tutor=tutor, student=student, created_at=at - timedelta(days=30))
    start = at.replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    draft = tutoring.SessionDraft(student.pk, Subject.objects.get(slug="math"), start, duration_min=60)
    session = tutoring.log_session(tutor=tutor, draft=draft, at=at)
    tutoring.rate_session(session=session, by=student, rating=5, feedback="", at=at)


def _fill_boards(learners: list[User], at: datetime) -> None:
    """Finish attempts of the last hours, so that boards and leagues show the school from the first page on."""
    dice = Random("boards")  # noqa: S311
    skills = list(Skill.objects.filter(subject__slug="math").select_related("subject"))
    for learner in learners:
        strength = dice.uniform(0.5, 0.95)
        for minutes_ago in dice.sample(range(5, 240), dice.randint(2, 4)):
            start = at - timedelta(minutes=minutes_ago)
            attempt = attempts.start_practice(user=learner, skill=dice.choice(skills), at=start)
            _answer_all(attempt, strength, dice, start)


def _answer_all(attempt: Attempt, strength: float, dice: Random, start: datetime) -> None:
    for answer in attempt.answers.select_related("question"):
        right = answer.question.answer
        choice = right if dice.random() < strength else (right + 1) % 4
        when = start + timedelta(seconds=20 * (answer.position + 1))
        attempts.answer_question(attempt=attempt, position=answer.position, choice=choice, at=when)
    completion.finish_attempt(attempt=attempt, at=start + timedelta(seconds=130))
