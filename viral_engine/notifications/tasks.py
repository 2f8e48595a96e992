from celery import shared_task

from viral_engine.kernel.clock import now
from viral_engine.notifications.services import push


@shared_task
def send_pushes() -> int:
    """Send what waits for browsers. Two runs at once are safe: each push is claimed."""
    return push.send_waiting(at=now())
