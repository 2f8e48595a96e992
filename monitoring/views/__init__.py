from monitoring.views.health import health, live, ready
from monitoring.views.metrics import metrics
from monitoring.views.oncall import acknowledge, end_silence, monitoring, silence

__all__ = ["acknowledge", "end_silence", "health", "live", "metrics", "monitoring", "ready", "silence"]
