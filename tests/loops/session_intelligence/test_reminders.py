"""Reminders of exams: on the right day, while the exam is to come, whether or not anything was shared."""

from datetime import UTC, date, datetime, timedelta

import pytest

from loops.models import GrowthEmail, Loop
from loops.session_intelligence.models import SessionAction, SessionReminder
from loops.session_intelligence.rules.dates import spoken_date
from loops.session_intelligence.services.pipeline import process_sessions
from loops.session_intelligence.services.reminders import send_reminders
from tests.factories import Committed
from tests.loops.session_intelligence.sessions import logged_session, loop_row
from viral_engine.learning.models import Subject

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _rows() -> None:
    loop_row()


def buddy_of(sentence: str, math: Subject, at: datetime, committed: Committed, ago: timedelta) -> SessionAction:
    """The study buddy of a session of some days ago, logged at `at`, in which this was said about the exam."""
    words = f"Toni: We did fractions today. {sentence}\nAda: Okay.\nToni: For homework, do exercises 1 to 9."
    with committed():
        logged_session(at, math, transcript=words, started_at=at - ago - timedelta(hours=2))
    with committed():
        process_sessions(at=at)
    return SessionAction.objects.get(kind="study_buddy")


@pytest.mark.parametrize(
    ("sentence", "ago", "exam_on", "due_at"),
    [
        # Said on Wednesday, 4 March: two days before it, at four in the afternoon.
        ("The test is on Monday.", 0, date(2026, 3, 9), datetime(2026, 3, 7, 16, tzinfo=UTC)),
        ("The test is tomorrow.", 0, date(2026, 3, 5), datetime(2026, 3, 4, 15, tzinfo=UTC)),  # at once
        # Logged days later: the week counts from now.
        ("The test is on March 10.", 8, date(2026, 3, 10), datetime(2026, 3, 8, 16, tzinfo=UTC)),
        ("The test is on Monday.", 5, None, None),  # it was two days ago
        ("The test is today.", 0, None, None),
        ("The test is on March 20.", 0, None, None),
    ],
)
def test_a_reminder_is_for_an_exam_of_the_next_seven_days(
    math: Subject,
    at: datetime,
    committed: Committed,
    sentence: str,
    ago: int,
    exam_on: date | None,
    due_at: datetime | None,
) -> None:
    buddy = buddy_of(sentence, math, at, committed, ago * DAY)
    assert buddy.exam_on == exam_on
    assert SessionReminder.objects.values_list("due_at", flat=True).first() == due_at


def test_the_mail_names_the_day_and_how_much_time_is_left(math: Subject, at: datetime, committed: Committed) -> None:
    buddy_of("The test is tomorrow.", math, at, committed, timedelta())
    assert send_reminders(at=at + timedelta(minutes=1)) == 1
    mail = GrowthEmail.objects.get()
    assert mail.subject == "Your test on Fractions is on Thursday, 5 March"
    assert "five more tomorrow" not in mail.text + mail.html


def test_a_worker_that_was_away_reminds_of_no_exam_that_is_over(
    math: Subject, at: datetime, committed: Committed
) -> None:
    buddy_of("The test is on Monday.", math, at, committed, timedelta())
    assert send_reminders(at=at + 5 * DAY) == 0  # on the day
    assert send_reminders(at=at + 4 * DAY) == 1  # the day before
    assert not GrowthEmail.objects.filter(text__contains="five more tomorrow").exists()


def test_an_action_that_waits_for_its_link_reminds_too(math: Subject, at: datetime, committed: Committed) -> None:
    Loop.objects.filter(name="session_intelligence").update(is_on=False)
    buddy = buddy_of("The test is on Monday.", math, at, committed, timedelta())
    assert buddy.status == "waiting"
    assert send_reminders(at=at + 4 * DAY) == 1


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("on Friday", date(2026, 3, 6)),
        ("on Wednesday", date(2026, 3, 11)),
        ("on Friday of next week", date(2026, 3, 13)),
        ("on Monday of next week", date(2026, 3, 9)),
        ("el lunes que viene", date(2026, 3, 9)),
    ],
)
def test_a_day_of_the_week_is_the_one_that_was_meant(words: str, day: date) -> None:
    assert spoken_date(f"The test is {words}.", date(2026, 3, 4)) == day
