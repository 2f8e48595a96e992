from celery import shared_task

from viral_engine.kernel.clock import now
from viral_engine.webhooks.services import deliveries


@shared_task
def send_webhooks() -> int:
    """Send what waits for endpoints. Two runs at once are safe: each delivery is claimed."""
    return deliveries.send_waiting(at=now())
