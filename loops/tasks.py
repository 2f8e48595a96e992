from celery import shared_task

from loops.mails import send_letter
from loops.proud_parent import recaps, reels
from loops.services import letters, rewards
from loops.services.learned import learn_k as learn
from loops.services.personalization import write_copy as write_texts
from loops.tutor_spotlight import bookings
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task
def learn_k() -> int:
    at = now()
    return learn(at=at) if claim_slot("learn_k", every_s=24 * 3600, at=at) else 0


@shared_task
def expire_rewards() -> int:
    at = now()
    return rewards.expire_rewards(at=at) if claim_slot("expire_rewards", every_s=600, at=at) else 0


@shared_task
def write_copy() -> int:
    """What was asked of the AI provider is written, here where nobody waits for it."""
    at = now()
    return write_texts(at=at) if claim_slot("write_copy", every_s=60, at=at) else 0


@shared_task
def purge_bookings() -> int:
    """How to reach a family that asked for a lesson is kept for 90 days."""
    at = now()
    return bookings.purge_bookings(at=at) if claim_slot("purge_bookings", every_s=3600, at=at) else 0


@shared_task
def generate_recaps() -> int:
    """From Monday morning on, last week's recaps. Two at once are safe: each family is locked while it is told."""
    return recaps.generate_recaps(at=now())


@shared_task
def make_reels() -> int:
    """Reels of shared weeks. Two at once are safe: each reel is a claim."""
    return reels.make_reels(at=now())


@shared_task
def mail_letters() -> int:
    """Growth mail that waits. Two at once are safe: each letter is a claim."""
    return letters.send_letters(send=send_letter, at=now())


@shared_task
def purge_letters() -> int:
    at = now()
    return letters.purge_letters(at=at) if claim_slot("purge_letters", every_s=3600, at=at) else 0
