from celery import shared_task

from monitoring.alerts import notifications
from monitoring.health import services
from monitoring.services import run_health_check
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task
def check_health() -> bool:
    """Check the site and send the notifications at once; two beats in one slot check once."""
    is_ours = run_health_check(at=now()) is not None
    notifications.send_waiting(at=now())
    return is_ours


@shared_task
def send_notifications() -> int:
    """Send waiting notifications. Two runs at once are safe, because each notification is claimed."""
    return notifications.send_waiting(at=now())


@shared_task
def compact_checks() -> int:
    at = now()
    return services.compact_checks(at=at) if claim_slot("compact_checks", every_s=3600, at=at) else 0
