from celery import shared_task

from loops.tutor_spotlight import bookings
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task(name="loops.tasks.purge_bookings")
def purge_bookings() -> int:
    """Delete the contact details of booking requests after 90 days."""
    at = now()
    return bookings.purge_bookings(at=at) if claim_slot("purge_bookings", every_s=3600, at=at) else 0


@shared_task(name="loops.tasks.release_tutor_rewards")
def release_tutor_rewards() -> int:
    """Release tutors' rewards whose hold is over."""
    at = now()
    return bookings.release_after_hold(at=at) if claim_slot("release_tutor_rewards", every_s=3600, at=at) else 0
