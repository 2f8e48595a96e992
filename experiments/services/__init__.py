from experiments.services.catalog import register_event_type as report
from experiments.services.catalog import running_count

__all__ = ["report", "running_count"]
