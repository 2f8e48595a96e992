from celery import shared_task

from loops.tutor_spotlight import bookings
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task(name="loops.tasks.release_tutor_rewards")
def release_tutor_rewards() -> int:
    """Release tutors' rewards whose hold is over."""
    at = now()
    return bookings.release_after_hold(at=at) if claim_slot("release_tutor_rewards", every_s=3600, at=at) else 0
