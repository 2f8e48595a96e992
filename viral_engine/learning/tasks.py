from celery import shared_task

from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot
from viral_engine.learning.services import completion, streaks


@shared_task
def finish_overdue_tests() -> int:
    """Finish tests whose time is up. Two runs at once are safe: each attempt is claimed."""
    return completion.finish_overdue_tests(at=now())


@shared_task
def warn_of_streaks() -> int:
    at = now()
    return streaks.warn_of_streaks(at=at) if claim_slot("warn_of_streaks", every_s=600, at=at) else 0
