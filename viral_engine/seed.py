"""A small living school for the embedded site: the catalogue, one cohort, and four people to log in as."""

from datetime import date, datetime, timedelta
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from viral_engine.accounts.models import Cohort, Guardianship, Role, User
from viral_engine.accounts.services import join_cohort
from viral_engine.learning import services as learning
from viral_engine.learning.models import Attempt, Skill

PASSWORD = "brightside-demo"  # noqa: S105  (printed at start; the seed refuses to run in production)
LOGINS = (("ada", "learner"), ("grace", "parent of ada"), ("toni", "tutor"), ("admin", "admin"))
CLASSMATES = ("Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hana", "Ivo", "June", "Kai", "Lea")


def is_seeded() -> bool:
    return User.objects.filter(username="ada").exists()


@transaction.atomic
def seed(*, at: datetime) -> None:
    """The catalogue is loaded; people and results exist, once."""
    learning.load_catalogue()
    if is_seeded():
        return
    password = make_password(PASSWORD)
    ada = _person("ada", "Ada", Role.STUDENT, birth_year=at.year - 14, password=password, grade=8)
    grace = _person("grace", "Grace", Role.PARENT, birth_year=at.year - 41, password=password)
    _person("toni", "Toni", Role.TUTOR, birth_year=at.year - 33, password=password)
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
    _play(classmates, at)


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
    """Each classmate has practiced a few skills over the last days, by the real services."""
    dice = Random("seed")  # noqa: S311  (the same school at every start)
    skills = list(Skill.objects.select_related("subject"))
    for learner in learners:
        strength = dice.uniform(0.5, 0.95)
        for days_ago in (3, 2, 1):
            start = at - timedelta(days=days_ago, minutes=dice.randint(0, 600))
            attempt = learning.start_practice(user=learner, skill=dice.choice(skills), at=start)
            _answer_all(attempt, strength, dice, start)


def _answer_all(attempt: Attempt, strength: float, dice: Random, start: datetime) -> None:
    for answer in attempt.answers.select_related("question"):
        right = answer.question.answer
        choice = right if dice.random() < strength else (right + 1) % 4
        when = start + timedelta(seconds=20 * (answer.position + 1))
        learning.answer_question(attempt=attempt, position=answer.position, choice=choice, at=when)
    learning.finish_attempt(attempt=attempt, at=start + timedelta(seconds=130))
