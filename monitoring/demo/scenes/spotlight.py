from datetime import timedelta
from uuid import uuid4

from loops.tutor_spotlight.models import BookingRequest
from monitoring.demo.learning_steps import make_student
from monitoring.demo.stage import DemoStage
from monitoring.demo.steps import follow, share, tell_first_value, tell_offer, tell_rewards, tell_sign_up
from viral_engine.accounts.models import Role
from viral_engine.kernel.clock import now
from viral_engine.learning.events import SessionRatedFiveStars
from viral_engine.learning.models import Subject, TutoringSession

LOOP = "tutor_spotlight"


def play(stage: DemoStage) -> None:
    """Five stars become a tutor's page; a family tries it, books, and the tutor's 50 XP wait for the first session."""
    since = now()
    toni = stage.join(stage.stranger(), "Toni", Role.TUTOR)
    kai = stage.learner("Kai")
    make_student(toni, kai, since)
    math = Subject.objects.get(slug="math")
    start = (since - timedelta(hours=2)).replace(second=0, microsecond=0)
    form = {"student_id": str(kai.id), "subject": str(math.pk), "duration_min": "45"}
    toni.browser.post("/sessions/new/", form | {"started_at": start.strftime("%Y-%m-%dT%H:%M")})
    session = TutoringSession.objects.get(tutor=toni.user)
    kai.browser.post(f"/sessions/{session.pk}/", {"rating": "5", "feedback": ""})
    session.refresh_from_db()
    stage.fact("Rated", f"{session.rating} stars for session {session.pk}")
    link = tell_offer(stage, toni, SessionRatedFiveStars, LOOP)
    shared = share(stage, toni, link, "whatsapp")

    at_lea = stage.stranger()
    landing = follow(stage, at_lea, shared, link, "whatsapp")
    at_lea.answer_all(at_lea.post(f"{landing}/try"), right="rrrrw")
    tell_first_value(stage, link)
    asked = {"name": "Lea", "email": f"lea{stage.run}@example.com", "suits": "Tuesdays after 4", "note": "Grade 7"}
    at_lea.post(f"{landing}/book", asked | {"subject": str(math.pk), "is_adult": "on", "key": str(uuid4())})
    booking = BookingRequest.objects.get(spotlight__link=link)
    toni.browser.post(f"/tutoring/requests/{booking.pk}/answer/", {"answer": "accept"})
    booking.refresh_from_db()
    stage.fact("Booking", f"{booking.status}, {booking.discount_percent}% off the first session (row {booking.pk})")
    lea = stage.join(at_lea, "Lea", Role.PARENT)
    tell_sign_up(stage, lea, link)
    tell_rewards(stage, LOOP, [toni], since)
