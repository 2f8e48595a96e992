from celery import shared_task

from viral_engine.kernel import services
from viral_engine.kernel.clock import now


@shared_task
def deliver_outbox() -> int:
    """Run the durable listeners that a dead process left in the outbox. Runs may overlap: each row is claimed."""
    return services.deliver_waiting(at=now())
