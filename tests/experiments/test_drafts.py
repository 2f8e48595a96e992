import pytest

from experiments.models import Arm, Experiment, Metric
from experiments.services.drafts import ArmDraft, ExperimentDraft, MetricDraft, create_drafts
from viral_engine.learning.events import FvmReached

pytestmark = pytest.mark.django_db
DRAFT = ExperimentDraft(
    key="copy",
    title="Copy",
    hypothesis="A friendlier offer is sent more often.",
    unit=Experiment.Unit.TREE,
    arms=(
        ArmDraft(key="plain", title="Plain", weight_bp=5000),
        ArmDraft(key="warm", title="Warm", weight_bp=5000, params={"title": "Hello"}),
    ),
    metrics=(MetricDraft(role=Metric.Role.PRIMARY, title="Friends", event=FvmReached),),
)


def test_a_missing_experiment_is_created_with_its_arms_and_metrics() -> None:
    assert [experiment.key for experiment in create_drafts([DRAFT])] == ["copy"]
    assert list(Arm.objects.values_list("key", "is_control", "params")) == [
        ("plain", True, {}),
        ("warm", False, {"title": "Hello"}),
    ]
    assert list(Metric.objects.values_list("role", "event")) == [("primary", "fvm_reached")]


def test_an_existing_experiment_keeps_the_edits_of_an_admin() -> None:
    create_drafts([DRAFT])
    Experiment.objects.update(title="Edited")
    Arm.objects.filter(key="warm").delete()
    assert create_drafts([DRAFT]) == []
    assert (Experiment.objects.get().title, Arm.objects.count()) == ("Edited", 1)
