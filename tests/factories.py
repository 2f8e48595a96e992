"""Make people, cohorts, attempts and links with the real services. People in tests are Ada, Bo, Cy and Dee."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loops.core.attribution import attribute_sign_up
from loops.core.links import create_link, record_touch
from loops.models import Link
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import Cohort, ConsentRequest, Friendship, Guardianship, Guest, User
from viral_engine.accounts.services.cohorts import join_cohort
from viral_engine.accounts.services.consent import give_consent
from viral_engine.accounts.services.guests import create_guest
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Result, Skill, Subject
from viral_engine.learning.services import assessments, attempts, completion
from viral_engine.staff import sessions

Committed = Callable[[], AbstractContextManager[object]]
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


def person(name: str, *, age: int = 15, at: datetime | None = None, is_proven: bool = True, **fields: Any) -> User:
    """An account; its mailbox is proven unless `is_proven` is false."""
    born_in = (at.year if at else date.today().year) - age  # noqa: DTZ011  (only the year matters)
    defaults: dict[str, Any] = {
        "first_name": name,
        "last_name": "Lovelace",
        "email": f"{name.lower()}@example.com",
        "role": "student",
        "birthdate": date(born_in, 1, 1),
        "grade": 8,
    }
    if at is not None:
        defaults["date_joined"] = at
    user = User.objects.create_user(username=name.lower(), password="correct-horse-9", **(defaults | fields))
    if user.email and is_proven:
        verify(user)
    return user


def verify(user: User) -> None:
    """Mark the person's mailbox as proved, without the event that a real proof announces."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)


def child(name: str, *, age: int = 10, **fields: Any) -> User:
    return person(name, age=age, **({"first_name": "", "last_name": "", "email": None} | fields))


def parent_of(kid: User, name: str = "Grace", *, at: datetime) -> User:
    parent = person(name, age=41, role="parent", grade=None)
    Guardianship.objects.create(parent=parent, child=kid, created_at=at)
    return parent


def verify_parent(parent: User, kid: User, *, at: datetime) -> None:
    """Let the child be published, as a signed form that staff approved does."""
    give_consent(parent=parent, child=kid, kind="disclosure", method="signed_form", ip_hash="", at=at)


def guest(*, at: datetime, device: str = "", link_code: str = "") -> Guest:
    return create_guest(device=device, ip_hash="", link_code=link_code, at=at)


def cohort_of(*members: User, at: datetime, name: str = "Comets") -> Cohort:
    cohort, _ = Cohort.objects.get_or_create(name=name)
    for member in members:
        join_cohort(cohort=cohort, user=member, at=at)
    return cohort


def befriend(*people: User) -> None:
    """Make everybody friends with everybody, whatever the rules say."""
    for asker, asked in combinations(sorted(people, key=lambda one: one.pk), 2):
        pair = {"low": asker, "high": asked, "requested_by": asker}
        Friendship.objects.create(**pair, status=Friendship.Status.ACCEPTED, changed_at=now())


def answer_all(attempt: Attempt, *, right: int, at: datetime) -> None:
    """Answer all questions, the first `right` of them correctly, ten seconds each."""
    for answer in attempt.answers.select_related("question"):
        solution = answer.question.answer
        choice = solution if answer.position < right else (solution + 1) % 4
        when = at + timedelta(seconds=10 * (answer.position + 1))
        attempts.answer_question(attempt=attempt, position=answer.position, choice=choice, at=when)


def practice(user: User, skill: Skill, *, right: int = 4, at: datetime) -> Result:
    """Finish a practice of five questions; 4 right score 80."""
    attempt = attempts.start_practice(user=user, skill=skill, at=at)
    answer_all(attempt, right=right, at=at)
    return completion.finish_attempt(attempt=attempt, at=at + timedelta(seconds=60))


def take_test(user: User, subject: Subject, *, right: int = 16, at: datetime) -> Result:
    """Finish a practice test of twenty questions after ten minutes; 16 right score 80."""
    attempt = assessments.start_practice_test(user=user, subject=subject, at=at)
    answer_all(attempt, right=right, at=at)
    return completion.finish_attempt(attempt=attempt, at=at + timedelta(minutes=10))


def take_diagnostic(owner: User | Guest, subject: Subject, *, right: str, at: datetime, link_code: str = "") -> Attempt:
    """Answer a diagnostic without finishing it; `right` is a repeated pattern of r (right) and w (wrong)."""
    attempt = assessments.start_diagnostic(owner=owner, subject=subject, link_code=link_code, at=at)
    while (answer := attempt.answers.filter(choice=None).select_related("question").first()) is not None:
        solution = answer.question.answer
        choice = solution if right[answer.position % len(right)] == "r" else (solution + 1) % 4
        when = at + timedelta(seconds=10 * (answer.position + 1))
        attempts.answer_question(attempt=attempt, position=answer.position, choice=choice, at=when)
    return attempt


def browser(user: User | None = None) -> Client:
    """A client with the headers of a real browser, logged in as `user` if one is given; staff with a fresh proof."""
    client = Client(headers={"user-agent": BROWSER})
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        if user.is_staff:
            prove(client, user)
    return client


def prove(client: Client, user: User, method: str = "password") -> None:
    """Let the client's session have proved a password, or a code with "mfa", just now."""
    session = client.session
    sessions.begin(session, now())
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": method, "at": now().timestamp(), "reauthenticated": True},
    ]
    session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
    session.save()


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def statements(captured: CaptureQueriesContext) -> list[str]:
    """The captured SQL, without transaction control."""
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(control)]


def counting() -> CaptureQueriesContext:
    return CaptureQueriesContext(connection)


def consent_request(kid: User) -> ConsentRequest:
    """Ask the parent at grace@example.com for consent."""
    at = now()
    return ConsentRequest.objects.create(
        child=kid, parent_email="grace@example.com", created_at=at, expires_at=at + timedelta(days=7)
    )


def link_of(referrer: User, at: datetime) -> Link:
    return create_link(loop_name="buddy_challenge", referrer=referrer, at=at)


def touch(link: Link, visitor: Guest, at: datetime, *, channel: str = "copy") -> None:
    record_touch(
        link=link, visitor=str(visitor.pk), guest_id=str(visitor.pk), user_id=None, channel=channel, campaign="", at=at
    )


def sign_up_from(name: str, visitor: Guest, at: datetime, **fields: Any) -> User:
    """Sign a guest up, and attribute the sign-up to the guest's clicks."""
    user = person(name, at=at, person_id=visitor.pk, **fields)
    visitor.user = user
    visitor.save(update_fields=["user"])
    attribute_sign_up(AccountCreated(actor_id=user.pk, guest_id=str(visitor.pk), role="student"), at)
    return user


def challenge_of(user: User, skill: Skill, at: datetime) -> Link:
    """The link of a Buddy Challenge that the orchestrator makes from a finished practice."""
    from loops.core import orchestrator
    from loops.events import ChallengeInitiated

    result = practice(user, skill, at=at)
    asked = ChallengeInitiated(actor_id=user.pk, attempt_id=str(result.pk), skill=skill.slug, score=result.score)
    made = orchestrator.trigger_event(asked, at).link
    assert made is not None
    return made
