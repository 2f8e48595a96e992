"""Personal-data policies of experiments: units are random numbers, and a change names its author by number."""

from datetime import datetime

from django.db.models import Min, Q

from experiments.models import (
    Arm,
    Assignment,
    Change,
    CorrectedEvent,
    Experiment,
    Exposure,
    Holdout,
    Metric,
    Namespace,
    Outcome,
    PersonExposure,
    Phase,
)
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.privacy.policies import Keep, PersonPath, declare, hold_back

UNIT = Keep("A random number, which leads to nobody after the account is erased; results stay what they were.")

declare(Namespace, retention="content", codes="name", reason="A share of all people.")
declare(Holdout, retention="content", codes="name", reason="A share of all people.")
declare(
    Experiment,
    retention="content",
    codes="key title hypothesis roles grades cohorts locales",
    reason="The plan of a test.",
)
declare(Arm, retention="content", codes="key title params", reason="A version in a test.")
declare(Metric, retention="content", codes="title event value_of", reason="A measure of a test.")
declare(
    Phase,
    retention="experiments",
    codes="seed plan pauses holdouts reading winner",
    reason="A run of a test, and its sums.",
)
declare(
    Change,
    retention="experiments",
    people=(PersonPath("by", Keep("The log of the test says who of the staff changed it.")),),
    codes="kind note facts",
)
declare(Assignment, retention="experiments", people=(PersonPath("unit", UNIT, is_person_id=True),), codes="unit arm")
declare(Exposure, retention="experiments", people=(PersonPath("unit", UNIT, is_person_id=True),), codes="unit arm")
declare(
    PersonExposure, retention="experiments", people=(PersonPath("person", UNIT, is_person_id=True),), codes="person"
)
declare(
    Outcome,
    retention="experiments",
    people=(PersonPath("exposure__unit", UNIT, is_person_id=True),),
    codes="arm",
)
declare(CorrectedEvent, retention="experiments", reason="The number of an event.")


def _is_measured(_: datetime) -> Q:
    """Events that a running phase may still count again."""
    started_at = Phase.objects.filter(ended_at=None).aggregate(first=Min("started_at"))["first"]
    return Q(at__gte=started_at) if started_at is not None else Q(pk=None)


hold_back(LoggedEvent, "A running experiment may count it again.", _is_measured)
