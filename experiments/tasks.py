from celery import shared_task

from experiments.services.guardrail_monitor import monitor_running_phases
from experiments.services.holdouts import apply_holdouts
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task
def watch_experiments() -> int:
    """Apply holdouts, check guardrails and propose winners, every 5 minutes. Returns the number of paused phases."""
    at = now()
    if not claim_slot("watch_experiments", every_s=300, at=at):
        return 0
    apply_holdouts(by=None, at=at)  # those that changed outside the admin
    return monitor_running_phases(at=at)
