from celery import shared_task

from feeds.services import chat
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot

HOUR_S = 3600


@shared_task
def purge_old_messages() -> int:
    """Delete chat messages after 30 days. The claimed slot makes two runs at once safe."""
    at = now()
    return chat.purge_messages(at=at) if claim_slot("purge_old_messages", every_s=HOUR_S, at=at) else 0
