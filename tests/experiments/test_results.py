import json
from dataclasses import asdict
from datetime import datetime

import pytest

from experiments.models import Change, Exposure, Metric, Outcome, Phase
from experiments.services.guardrail_monitor import monitor_running_phases
from experiments.services.lifecycle import resume_phase
from experiments.services.results import get_results
from tests.experiments.trials import DAY, draft, fill, staff_user, started
from tests.factories import counting, statements
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db


def test_the_worked_example(at: datetime) -> None:
    trial = draft(is_sequential=False, planned_units=1000)
    phase = started(trial, at)
    metric = trial.metrics.get()
    fill(phase, "control", 1000, 50, at, metric=metric)
    fill(phase, "bold", 1000, 56, at, metric=metric)
    report = get_results("copy", at=at + 7 * DAY).report
    control, bold = report.primary.arms
    assert (control.units, control.conversions, control.value) == (1000, 50, 0.05)
    assert (bold.units, bold.conversions, bold.value) == (1000, 56, 0.056)
    assert bold.fixed is not None
    assert bold.fixed.lift == pytest.approx(0.12)
    assert bold.p_value == pytest.approx(0.5492680661)
    assert not report.ratio.is_alarm
    assert report.verdict.kind == "no_difference"


def test_a_planted_lift_is_found_and_proposed_once(at: datetime) -> None:
    trial = draft(planned_units=500)
    phase = started(trial, at)
    metric = trial.metrics.get()
    fill(phase, "control", 500, 50, at, metric=metric)
    fill(phase, "bold", 500, 120, at, metric=metric)
    report = get_results("copy", at=at + 7 * DAY).report
    assert (report.verdict.kind, report.verdict.arm) == ("winner", "Bold")
    assert [look.on for look in report.looks["bold"]] == [(at + n * DAY).date() for n in range(7)]
    assert report.looks["bold"][-1].lift == pytest.approx(1.4)
    for _ in range(2):
        assert monitor_running_phases(at=at + 7 * DAY) == 0
    proposed = Change.objects.get(kind="proposed")
    assert "Bold is better than Control." in proposed.note
    assert Phase.objects.get().state == "running"  # a proposal is not an act


def test_a_verdict_rests_on_whole_weeks(at: datetime) -> None:
    trial = draft(planned_units=500)
    phase = started(trial, at)
    metric = trial.metrics.get()
    fill(phase, "control", 500, 50, at, metric=metric)
    fill(phase, "bold", 500, 120, at, metric=metric)
    assert get_results("copy", at=at + 5 * DAY).report.verdict.kind == "keep_running"
    late = [
        Exposure(phase=phase, unit=f"late-{number}", arm="control", at=at + 8 * DAY, on=(at + 8 * DAY).date())
        for number in range(20)
    ]
    Exposure.objects.bulk_create(late)
    Outcome.objects.bulk_create(
        Outcome(exposure=row, metric=metric, phase=phase, arm="control", count=1, total=1, first_on=row.on)
        for row in Exposure.objects.filter(unit__startswith="late")
    )
    report = get_results("copy", at=at + 9 * DAY).report
    assert (report.days, report.verdict.kind) == (9, "winner")
    assert [arm.units for arm in report.primary.arms] == [500, 500]  # the table shows the week that is judged
    assert (report.reading.as_of, report.units) == (at + 7 * DAY, 1020)
    assert any("140.0% more" in reason for reason in report.verdict.reasons)


def test_a_wrong_split_withholds_the_verdict(at: datetime) -> None:
    trial = draft()
    phase = started(trial, at)
    metric = trial.metrics.get()
    fill(phase, "control", 1000, 100, at, metric=metric)
    fill(phase, "bold", 700, 200, at, metric=metric)
    report = get_results("copy", at=at + 7 * DAY).report
    assert report.ratio.is_alarm
    assert report.verdict.kind == "withheld"


def test_units_in_two_arms_withhold_the_verdict(at: datetime) -> None:
    trial = draft()
    phase = started(trial, at)
    metric = trial.metrics.get()
    fill(phase, "control", 500, 100, at, metric=metric)
    fill(phase, "bold", 500, 200, at, metric=metric)
    Exposure.objects.filter(pk__in=Exposure.objects.values("pk")[:11]).update(is_crossed=True)
    report = get_results("copy", at=at + 7 * DAY).report
    assert (report.crossed, report.verdict.kind) == (11, "withheld")


def test_units_in_two_arms_are_a_share_of_the_units_that_are_judged(at: datetime) -> None:
    """Six of 300 judged units are too many; six of the thousands exposed since then are none of the 300."""
    trial = draft()
    phase = started(trial, at)
    metric = trial.metrics.get()
    for arm in ("control", "bold"):
        fill(phase, arm, 150, 30, at, metric=metric)
    seen = {"phase": phase, "at": at + 8 * DAY, "on": (at + 8 * DAY).date()}
    units = [(arm, n) for arm in ("control", "bold") for n in range(50)]
    Exposure.objects.bulk_create(Exposure(arm=arm, unit=f"late-{arm}-{n}", **seen) for arm, n in units)
    late = Exposure.objects.filter(unit__startswith="late-")
    Exposure.objects.filter(pk__in=late.values("pk")[:6]).update(is_crossed=True)
    report = get_results("copy", at=at + 9 * DAY).report
    assert (report.crossed, report.verdict.kind == "withheld") == (0, False)
    judged = Exposure.objects.exclude(unit__startswith="late-")
    Exposure.objects.filter(pk__in=judged.values("pk")[:6]).update(is_crossed=True)
    report = get_results("copy", at=at + 9 * DAY).report
    assert (report.crossed, report.verdict.kind, report.verdict.reasons[0][:4]) == (6, "withheld", "2.0%")


@pytest.mark.parametrize(("units", "converted"), [(0, 0), (1, 0), (1, 1), (60, 0), (60, 60)])
def test_empty_and_full_cells_have_defined_answers(at: datetime, units: int, converted: int) -> None:
    trial = draft()
    facts = {"role": "goal", "event": "practice_completed", "value_of": "score"}
    Metric.objects.create(experiment=trial, title="Mean", kind="mean", **facts)
    Metric.objects.create(experiment=trial, title="Ratio", kind="ratio", **facts)
    guarded = {"role": "guardrail", "limit": 0.1, "is_more_better": False}
    Metric.objects.create(experiment=trial, title="Sent away", event="prompt_dismissed", **guarded)
    phase = started(trial, at)
    metric = trial.metrics.get(role="primary")
    fill(phase, "control", units, converted, at, metric=metric)
    fill(phase, "bold", units, 0, at, metric=metric)
    report = get_results("copy", at=at + 7 * DAY).report
    json.dumps([asdict(one) for one in report.metrics], allow_nan=False)


def test_means_are_capped_and_ratios_count_events(at: datetime) -> None:
    trial = draft()
    facts = {"role": "goal", "event": "practice_completed", "value_of": "score"}
    mean = Metric.objects.create(experiment=trial, title="Mean", kind="mean", **facts)
    ratio = Metric.objects.create(experiment=trial, title="Ratio", kind="ratio", **facts)
    phase = started(trial, at)
    for arm in ("control", "bold"):
        fill(phase, arm, 1000, 0, at, metric=trial.metrics.get(role="primary"))
        rows = Exposure.objects.filter(arm=arm).order_by("pk")[:10]
        for metric in (mean, ratio):
            Outcome.objects.bulk_create(
                Outcome(exposure=row, metric=metric, phase=phase, arm=arm, count=2, total=100, first_on=row.on)
                for row in rows
            )
    Outcome.objects.filter(pk=Outcome.objects.filter(metric=mean, arm="bold").values("pk")[:1]).update(total=1_000_000)
    report = get_results("copy", at=at + 7 * DAY).report
    by_title = {metric.title: metric for metric in report.metrics}
    assert [arm.value for arm in by_title["Mean"].arms] == [1.0, 1.0]  # of 2,000 units the two largest are cut
    assert [arm.value for arm in by_title["Ratio"].arms] == [50.0, 50.0]


def test_results_cost_the_same_at_any_size(at: datetime) -> None:
    trial = draft()
    phase = started(trial, at)
    counts = []
    for units in (3, 30):
        Exposure.objects.all().delete()
        fill(phase, "bold", units, 2, at, metric=trial.metrics.get())
        with counting() as captured:
            get_results("copy", at=at + DAY)
        counts.append(len(statements(captured)))
    assert counts == [3, 3]


def test_harm_pauses_once_and_stays_an_admins_to_undo(at: datetime) -> None:
    trial = draft()
    guard = {"role": "guardrail", "limit": 0.1, "is_more_better": False}
    dismissed = Metric.objects.create(experiment=trial, title="Sent away", event="prompt_dismissed", **guard)
    phase = started(trial, at)
    fill(phase, "control", 500, 50, at, metric=dismissed)
    fill(phase, "bold", 500, 150, at, metric=dismissed)
    assert [monitor_running_phases(at=at + DAY), monitor_running_phases(at=at + DAY)] == [1, 0]
    phase.refresh_from_db()
    assert (phase.state, Change.objects.get(kind="guardrail").by) == ("paused", None)
    event = LoggedEvent.objects.get(type="guardrail_breached")
    assert event.properties == {"experiment": "copy", "phase": 1, "metric": "prompt_dismissed"}
    resume_phase(phase=phase, by=staff_user(), at=at + 2 * DAY)
    assert monitor_running_phases(at=at + 2 * DAY) == 0
    assert Phase.objects.get().state == "running"


def test_an_experiment_that_cannot_be_read_keeps_no_other_from_being_watched(at: datetime) -> None:
    guard = {"role": "guardrail", "limit": 0.1, "is_more_better": False}
    broken = started(draft("broken"), at)
    Phase.objects.filter(pk=broken.pk).update(plan={"key": "broken"})
    trial = draft("harmful")
    dismissed = Metric.objects.create(experiment=trial, title="Sent away", event="prompt_dismissed", **guard)
    phase = started(trial, at)
    fill(phase, "control", 500, 50, at, metric=dismissed)
    fill(phase, "bold", 500, 150, at, metric=dismissed)
    assert monitor_running_phases(at=at + DAY) == 1


def test_a_guardrail_waits_for_enough_people(at: datetime) -> None:
    trial = draft()
    guard = {"role": "guardrail", "limit": 0.1, "is_more_better": False}
    dismissed = Metric.objects.create(experiment=trial, title="Sent away", event="prompt_dismissed", **guard)
    phase = started(trial, at)
    fill(phase, "control", 199, 0, at, metric=dismissed)
    fill(phase, "bold", 199, 199, at, metric=dismissed)
    assert monitor_running_phases(at=at + DAY) == 0
