"""A person who leaves a canary wherever they may leave words, and a search for it in everything that is stored."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection
from redis import Redis

from feeds.models import ChatMute
from feeds.services import chat
from loops.core.growth_emails import EmailDraft, queue_emails
from loops.models import Link
from loops.proud_parent.models import Recap, RecapReel, RecapShare
from tests.factories import child, cohort_of, guest, parent_of, person
from tests.learning.sessions import session_draft
from viral_engine.accounts.models import Cohort, School, User
from viral_engine.accounts.services import friends, guests
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent
from viral_engine.learning.services import tutoring
from viral_engine.learning.services.decks import create_deck
from viral_engine.safety.services import reports
from viral_engine.safety.services.kinds import Reporter

CANARY = "zanzibar"
SPELT = "ZanziBar"  # as people type it: only the mailbox of the account itself is in lower case


def canary_person(at: datetime, name: str = "Ada", **fields: Any) -> User:
    """A person with a canary in every column that holds words or traces of her."""
    ada = person(name, at=at, is_proven=False, **fields)
    named = dict.fromkeys(("username", "first_name", "last_name", "signup_device"), SPELT)
    User.objects.filter(pk=ada.pk).update(
        **named, email=f"{CANARY}@example.com", signup_ip_hash=CANARY, current_subject=CANARY
    )
    ada.refresh_from_db()
    EmailAddress.objects.create(user=ada, email=f"{SPELT}@Example.com", primary=True, verified=True)
    return ada


def lead_a_life(ada: User, subject: Subject, at: datetime) -> None:
    """Friends, chat, a report, a past as a guest, a tutoring session with a transcript, an e-mail about her."""
    bo, toni = person("Bo", at=at), person("Toni", age=33, role="tutor", grade=None, at=at)
    friends.accept_friend(friendship=friends.request_friend(asker=ada, asked=bo, at=at), by=bo, at=at)
    cohort = cohort_of(ada, bo, at=at)
    said = chat.post_message(author=ada, cohort_id=cohort.pk, text=f"I like {CANARY}", key=ada.person_id, at=at)
    reports.report(reporter=Reporter(user=bo), kind="message", object_key=str(said.pk), reason="spam", at=at)
    guests.adopt_guest(guest=guest(at=at, device=CANARY), user=ada)
    TutorStudent.objects.create(tutor=toni, student=ada, created_at=at)
    draft = session_draft(ada, subject, at, transcript=f"WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Toni>Hi {SPELT}")
    tutoring.log_session(tutor=toni, draft=draft, at=at)
    TutoringSession.objects.update(
        summary={"text": f"{SPELT} did well"}, feedback=f"Thanks, {SPELT}", rating=5, rated_at=at
    )
    letter = EmailDraft(
        recipient=parent_of(ada, "Dee", at=at),
        kind="recap",
        key="recap:1",
        subject=SPELT,
        text=SPELT,
        html=SPELT,
        about=ada,
    )
    queue_emails([letter], at=at)


def live_beside(ada: User, bo: User, subject: Subject, at: datetime) -> None:
    """Bo, whose name is the canary, teaches Ada, mutes her and gets an e-mail about her."""
    TutoringSession.objects.create(
        tutor=bo,
        student=ada,
        subject=subject,
        started_at=at,
        duration_min=60,
        completed_at=at + timedelta(hours=1),
        transcript=f"I am {CANARY}",
        transcript_kind="text",
    )
    ChatMute.objects.create(muter=bo, muted=ada, at=at)
    queue_emails([EmailDraft(bo, "recap", "k", f"Dear {CANARY}", CANARY, CANARY, about=ada)], at=at)


def pupil_of_school(at: datetime) -> tuple[User, User, School]:
    """A child in a cohort of a school under contract, and the parent."""
    kid = child("Comet", at=at)
    grace = parent_of(kid, "Dee", at=at)
    school = School.objects.create(name="Hill School", contact_email="office@hill.example", is_contract=True)
    Cohort.objects.update_or_create(name="Comets", defaults={"school": school})
    cohort_of(kid, at=at)
    return kid, grace, school


def shared_reel(ada: User, grace: User, at: datetime) -> RecapReel:
    """A recap of Ada that Grace has shared, with its film."""
    numbers = dict.fromkeys(("rounds", "minutes", "xp", "active_days", "streak_days"), 1)
    before = dict.fromkeys(("rounds_before", "minutes_before", "xp_before"), 0)
    recap = Recap.objects.create(
        parent=grace, child=ada, year=2026, week=10, starts_on=date(2026, 3, 2), made_at=at, **numbers, **before
    )
    link = Link.objects.create(
        code="abcdefgh",
        loop_id="proud_parent",
        referrer=grace,
        about=ada,
        tree="x",
        created_at=at,
        expires_at=now() + timedelta(days=30),
    )
    share = RecapShare.objects.create(link=link, recap=recap, deck=create_deck(skill_slug="algebra", at=at))
    return RecapReel.objects.create(share=share, webp=b"RIFF", made_at=at)


def everything_stored() -> str:
    """Every column of every table, decoded sessions and both caches as one text in lower case."""
    return "\n".join([*_rows(), *_sessions(), *_cached()]).lower()


def _rows() -> Iterator[str]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  (our own names)
            for row in cursor.fetchall():
                yield " ".join(_text(value) for value in row)


def _text(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


def _sessions() -> Iterator[str]:
    yield from (str(session.get_decoded()) for session in Session.objects.all())


def _cached() -> Iterator[str]:
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL) as redis:
            for key in redis.scan_iter():
                yield _text(key) + _text(redis.dump(key) or b"")
        return
    for store in (caches["default"], caches["sessions"]):
        yield from (f"{key} {_text(value)}" for key, value in vars(store)["_cache"].items())
