from celery import shared_task

from loops.session_intelligence.services.actions import retry_held
from loops.session_intelligence.services.pipeline import process_sessions
from loops.session_intelligence.services.reminders import send_reminders
from viral_engine.kernel.clock import now


@shared_task(name="loops.tasks.process_sessions", soft_time_limit=200, time_limit=240)
def process_transcripts() -> int:
    """Summarize waiting sessions. Concurrent runs are safe: each session is leased. It has a queue of its own."""
    return process_sessions(at=now())


@shared_task(name="loops.tasks.send_session_reminders")
def remind_of_exams() -> int:
    return send_reminders(at=now())


@shared_task(name="loops.tasks.retry_session_actions")
def retry_actions() -> int:
    """Try held actions again. Concurrent runs are safe: each try is claimed."""
    return retry_held(at=now())
