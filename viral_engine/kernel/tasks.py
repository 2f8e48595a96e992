from celery import shared_task

from viral_engine.kernel import services
from viral_engine.kernel.clock import now


@shared_task
def deliver_promised_events() -> int:
    """Deliver what a dead process left in the outbox. Two at once are safe: each delivery is a claim."""
    return services.deliver_waiting(at=now())
