from celery import shared_task

from experiments.services.guardrail_monitor import monitor_running_phases
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task
def watch_experiments() -> int:
    """Check guardrails and propose winners, once every 5 minutes. Returns the number of paused phases."""
    at = now()
    return monitor_running_phases(at=at) if claim_slot("watch_experiments", every_s=300, at=at) else 0
