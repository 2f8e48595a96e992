"""Learners for a load test, written in bulk, with a session and a socket token each."""

import secrets
from datetime import datetime

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction

from monitoring.loadtest.plan import Person
from presence.tokens import token_for
from viral_engine.accounts.models import Cohort, CohortMembership, User
from viral_engine.kernel.clock import today
from viral_engine.learning.models import Question

COHORT_SIZE = 30
AGE = 15
BATCH = 1000
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@transaction.atomic
def create_learners(*, count: int, at: datetime) -> list[Person]:
    """Create learners of age 15 in cohorts of thirty, logged in; their names begin with "loadtest".

    Cost  about 8 statements per 1,000 learners.
    """
    run = secrets.token_hex(3)
    born = today(at).replace(year=at.year - AGE, day=1)
    people = User.objects.bulk_create(
        (
            User(username=f"loadtest-{run}-{n}", first_name=f"Sam{n}", email=None, birthdate=born, grade=9)
            for n in range(count)
        ),
        batch_size=BATCH,
    )
    cohorts = Cohort.objects.bulk_create(
        Cohort(name=f"Load test {run} {n}", grade=9) for n in range((count - 1) // COHORT_SIZE + 1)
    )
    CohortMembership.objects.bulk_create(
        (
            CohortMembership(cohort=cohorts[n // COHORT_SIZE], user=person, is_primary=True, joined_at=at)
            for n, person in enumerate(people)
        ),
        batch_size=BATCH,
    )
    sessions = [_session_of(person, at) for person in people]
    Session.objects.bulk_create(sessions, batch_size=BATCH)
    return [
        Person(
            number=n,
            id=person.pk,
            session=sessions[n].session_key,
            token=token_for(person, at),
            topic=f"cohort:{cohorts[n // COHORT_SIZE].pk}",
        )
        for n, person in enumerate(people)
    ]


def _session_of(person: User, at: datetime) -> Session:
    """The session row of a log-in, without the password check."""
    store = SessionStore()
    facts = {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: person.get_session_auth_hash(),
    }
    expires = store.get_expiry_date(modification=at)
    return Session(session_key=secrets.token_hex(16), session_data=store.encode(facts), expire_date=expires)


def retire_learners(people: list[Person]) -> None:
    """Log the learners of a finished test out and deactivate them and their cohorts; their results stay."""
    ids = [person["id"] for person in people]
    Cohort.objects.filter(memberships__user__in=ids).update(is_active=False)
    User.objects.filter(pk__in=ids).update(is_active=False)
    Session.objects.filter(session_key__in=[person["session"] for person in people]).delete()


def make_first_choices_right() -> None:
    """Make the first choice of every question the right one, so that learners can score without reading.

    Only for the test's own database.
    """
    Question.objects.update(answer=0)
