from experiments.models.change import Change
from experiments.models.experiment import Arm, Experiment, Holdout, Metric, Namespace
from experiments.models.exposure import Assignment, CorrectedEvent, Exposure, Outcome, PersonExposure
from experiments.models.phase import Phase

__all__ = [
    "Arm",
    "Assignment",
    "Change",
    "CorrectedEvent",
    "Experiment",
    "Exposure",
    "Holdout",
    "Metric",
    "Namespace",
    "Outcome",
    "PersonExposure",
    "Phase",
]
