from celery import shared_task

from viral_engine.kernel import outbox, outgoing_mail, services
from viral_engine.kernel.clock import now


@shared_task
def deliver_outbox() -> int:
    """Run the durable listeners that the relay missed. Runs may overlap: one of them drains, or the relay does."""
    return outbox.drain(at=now())


@shared_task
def send_mails() -> int:
    """Send waiting mails. Two runs at once are safe: each mail is claimed."""
    return outgoing_mail.send_waiting(at=now())


@shared_task
def purge_personal_data() -> int:
    """Purge what is older than the retention table allows."""
    at = now()
    return services.purge_personal_data(at=at) if services.claim_slot("purge_personal_data", every_s=3600, at=at) else 0
