"""Log tutoring sessions, rate them, and follow what a tutor shares (Tutor Spotlight)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from loops.models import Link, Loop, Prompt
from tests.factories import browser, path_of, person
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent
from viral_engine.learning.services import tutoring


def loop_row() -> Loop:
    """Create the row that flushing the test database removed."""
    defaults = {"title": "Tutor Spotlight", "expected_k": 0.3, "cooldown_s": 24 * 3600}
    return Loop.objects.get_or_create(name="tutor_spotlight", defaults=defaults)[0]


def tutor(name: str = "Toni", **fields: Any) -> User:
    return person(name, age=33, role="tutor", grade=None, **fields)


def logged_session(toni: User, student: User, *, at: datetime | None = None, subject: str = "math") -> TutoringSession:
    at = at or now()
    TutorStudent.objects.get_or_create(tutor=toni, student=student, defaults={"created_at": at})
    start = at - timedelta(hours=2 + TutoringSession.objects.count())
    facts = tutoring.SessionDraft(student.pk, Subject.objects.get(slug=subject), start, duration_min=45)
    return tutoring.log_session(tutor=toni, draft=facts, at=at)


def rate(client: Client, session: TutoringSession, stars: int = 5, feedback: str = "") -> None:
    """Rate a session on its page, as a family does."""
    response = client.post(f"/sessions/{session.pk}/", {"rating": str(stars), "feedback": feedback})
    assert response.status_code == 302, response.content.decode()


def spotlight_of(toni: User, student: User) -> tuple[Link, str]:
    """The link and the landing page of a tutor who got five stars."""
    rate(browser(student), logged_session(toni, student))
    link = Prompt.objects.get(user=toni).link
    return link, landing_of(browser(toni), link)


def landing_of(client: Client, link: Link) -> str:
    """The page a stranger reaches through the shared address."""
    sheet = client.get(f"/loops/share/{link.code}/").content.decode()
    shared = sheet.split('data-text="')[1].split("?via=copy")[0]
    return str(browser().get(path_of(shared), headers={"user-agent": "WhatsApp/2.23"}).headers["Location"])


def wish(subject: str = "math", **answers: str) -> dict[str, str]:
    asked = {"name": "Dee", "email": "dee@example.org", "suits": "Tuesdays after 4", "note": "Grade 7"}
    kept = {"subject": str(Subject.objects.get(slug=subject).pk), "key": str(uuid4())}
    return asked | kept | answers
