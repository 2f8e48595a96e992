import logging
from typing import Any

from celery import Task, shared_task
from celery.signals import task_failure, task_success
from django.db import Error as AnyDatabaseError

from monitoring import task_metrics  # noqa: F401  (its signal handlers measure every task)
from monitoring.alerts import notifications
from monitoring.health import services
from monitoring.services import run_health_check
from viral_engine.kernel import wake
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot

logger = logging.getLogger(__name__)


@task_failure.connect
def count_failure(sender: Task[Any, Any], exception: BaseException, **_: Any) -> None:
    """Remember that the newest run of a task failed."""
    try:
        services.note_failure(sender.name, exception, at=now())
    except AnyDatabaseError:  # it has an alert of its own
        logger.exception("the failure of %s was not counted", sender.name)


@task_success.connect
def end_failures(sender: Task[Any, Any], **_: Any) -> None:
    try:
        services.note_success(sender.name)
    except AnyDatabaseError:
        logger.exception("the success of %s was not noted", sender.name)


@shared_task
def check_health() -> bool:
    """Check the site, and have the notifications sent at once; two beats in one slot check once.

    Another worker sends them: a channel that hangs must not delay the next check.
    """
    is_ours = run_health_check(at=now()) is not None
    wake.after_commit("monitoring.tasks.send_notifications")
    return is_ours


@shared_task
def send_notifications() -> int:
    """Send waiting notifications. Two runs at once are safe, because each notification is claimed."""
    return notifications.send_waiting(at=now())


@shared_task
def compact_checks() -> int:
    at = now()
    return services.compact_checks(at=at) if claim_slot("compact_checks", every_s=3600, at=at) else 0
