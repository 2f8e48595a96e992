from celery import shared_task

from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot
from viral_engine.learning.services import completion, streaks, transcripts


@shared_task
def finish_overdue_tests() -> int:
    """Finish tests whose time is up. Two runs at once are safe: each attempt is claimed."""
    return completion.finish_overdue_tests(at=now())


@shared_task
def warn_of_streaks() -> int:
    at = now()
    return streaks.warn_of_streaks(at=at) if claim_slot("warn_of_streaks", every_s=600, at=at) else 0


@shared_task
def purge_transcripts() -> int:
    """Delete transcripts older than 90 days."""
    at = now()
    return transcripts.purge_transcripts(at=at) if claim_slot("purge_transcripts", every_s=3600, at=at) else 0


@shared_task
def purge_summaries() -> int:
    """Delete summaries 30 days after their course."""
    at = now()
    return transcripts.purge_summaries(at=at) if claim_slot("purge_summaries", every_s=3600, at=at) else 0
