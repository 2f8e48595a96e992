from experiments.services.phase_cache import register_event_type as report
from experiments.services.phase_cache import running_count

__all__ = ["report", "running_count"]
