from experiments.services.assignment import Variant, Who, forced, get_variant, get_variants
from experiments.services.catalog import (
    UnknownExperiment,
    asks_for_cohorts,
    forget,
    is_measured,
    report,
    reported,
    running_count,
)
from experiments.services.exposure import log_exposure, log_exposures
from experiments.services.lifecycle import (
    NotReady,
    WrongState,
    complaints,
    pause_phase,
    record_edit,
    restart_experiment,
    resume_phase,
    start_experiment,
    stop_phase,
    widen_phase,
)
from experiments.services.outcomes import join_person, log_conversion, record_event
from experiments.services.results import Results, get_results, read_report
from experiments.services.shipped import load_shipped
from experiments.services.watch import watch_running

__all__ = [
    "NotReady",
    "Results",
    "UnknownExperiment",
    "Variant",
    "Who",
    "WrongState",
    "asks_for_cohorts",
    "complaints",
    "forced",
    "forget",
    "get_results",
    "get_variant",
    "get_variants",
    "is_measured",
    "join_person",
    "load_shipped",
    "log_conversion",
    "log_exposure",
    "log_exposures",
    "pause_phase",
    "read_report",
    "record_edit",
    "record_event",
    "report",
    "reported",
    "restart_experiment",
    "resume_phase",
    "running_count",
    "start_experiment",
    "stop_phase",
    "watch_running",
    "widen_phase",
]
