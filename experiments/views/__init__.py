from experiments.views.lists import experiments, power
from experiments.views.results import export, results
from experiments.views.steps import pause, restart, resume, start, stop, widen

__all__ = [
    "experiments",
    "export",
    "pause",
    "power",
    "restart",
    "results",
    "resume",
    "start",
    "stop",
    "widen",
]
