from celery import shared_task

from loops.core import growth_emails, payouts, reversals
from loops.core.emails import send_email
from loops.core.experiment_corrections import correct_outcomes as correct
from loops.core.k_estimates import learn_k as learn
from loops.core.personalization import generate_copy as write_texts
from loops.core.rewards import expiry
from loops.installed import parts
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task
def learn_k() -> int:
    at = now()
    return learn(at=at) if claim_slot("learn_k", every_s=24 * 3600, at=at) else 0


@shared_task
def correct_outcomes() -> int:
    """Take events that were marked invalid out of the outcomes of experiments."""
    at = now()
    return correct(at=at) if claim_slot("correct_outcomes", every_s=60, at=at) else 0


@shared_task
def expire_rewards() -> int:
    at = now()
    return expiry.expire_rewards(at=at) if claim_slot("expire_rewards", every_s=600, at=at) else 0


@shared_task
def release_checked_rewards() -> int:
    """Release rewards whose hold for a check is over, and pay those whose referrer or link is in order again."""
    at = now()
    if not claim_slot("release_checked", every_s=3600, at=at):
        return 0
    return reversals.release_checked(at=at) + payouts.resume_waiting(at=at)


@shared_task
def write_copy() -> int:
    """Generate requested AI copy outside of requests."""
    at = now()
    return write_texts(at=at) if claim_slot("write_copy", every_s=60, at=at) else 0


@shared_task
def send_growth_emails() -> int:
    """Send waiting growth email. Concurrent runs are safe: each email is leased."""
    return growth_emails.send_waiting_emails(send=send_email, at=now())


parts("tasks")  # tasks of one loop are in its folder
