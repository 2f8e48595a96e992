from celery import shared_task

from viral_engine.kernel import outbox
from viral_engine.kernel.clock import now


@shared_task
def deliver_outbox() -> int:
    """Run the durable listeners that failed or that a dead process left. Runs may overlap: one of them drains."""
    return outbox.drain(at=now())
