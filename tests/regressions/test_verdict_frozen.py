"""The verdict of a fixed-size test is made once, and the table beside it shows the numbers that it read."""

from datetime import datetime
from io import StringIO

import pytest
import time_machine

from experiments.models import Change, Exposure, Metric, Outcome, Phase
from experiments.services.guardrail_monitor import monitor_running_phases
from experiments.services.results import get_results, read_report
from tests.experiments.trials import DAY, draft, fill, staff_user, started
from tests.factories import browser

pytestmark = pytest.mark.django_db


def fixed(at: datetime, *, planned: int = 500, converted: int = 70) -> Phase:
    """A fixed-size test with 500 people an arm in its first week; 50 of the control convert."""
    trial = draft(is_sequential=False, planned_units=planned)
    phase = started(trial, at)
    fill(phase, "control", 500, 50, at, metric=trial.metrics.get())
    fill(phase, "bold", 500, converted, at, metric=trial.metrics.get())
    return phase


def more(phase: Phase, at: datetime, *, control: int, bold: int) -> None:
    """Expose 500 more people an arm at this instant; so many of them convert."""
    metric = Metric.objects.get(experiment=phase.experiment, role="primary")
    for arm, converted in (("control", control), ("bold", bold)):
        name = f"{arm}-{at:%d}"
        rows = [Exposure(phase=phase, unit=f"{name}-{n}", arm=arm, at=at, on=at.date()) for n in range(500)]
        exposures = Exposure.objects.bulk_create(rows)
        Outcome.objects.bulk_create(
            Outcome(exposure=one, metric=metric, phase=phase, arm=arm, count=1, total=1, first_on=one.on)
            for one in exposures[:converted]
        )


def test_later_weeks_do_not_change_the_verdict(at: datetime) -> None:
    phase = fixed(at)
    first = get_results("copy", at=at + 7 * DAY).report
    assert (first.verdict.kind, first.reading.is_frozen) == ("no_difference", True)
    more(phase, at + 8 * DAY, control=10, bold=200)
    later = get_results("copy", at=at + 21 * DAY).report
    assert later.verdict == first.verdict
    assert later.metrics == first.metrics
    assert (later.reading.as_of, later.units) == (at + 7 * DAY, 2000)
    assert Change.objects.get(kind="judged").note.startswith("No arm is better than Control.")


def test_the_first_reading_after_the_plan_is_full_counts(at: datetime) -> None:
    """Before the plan is full nothing is frozen, however clear it looks."""
    phase = fixed(at, planned=1000, converted=200)
    assert get_results("copy", at=at + 7 * DAY).report.verdict.kind == "keep_running"
    more(phase, at + 8 * DAY, control=200, bold=50)
    report = get_results("copy", at=at + 14 * DAY).report
    assert (report.verdict.kind, report.primary.arms[1].conversions) == ("no_difference", 250)
    more(phase, at + 15 * DAY, control=0, bold=500)
    assert get_results("copy", at=at + 21 * DAY).report.verdict.kind == "no_difference"


def test_a_plan_that_fills_within_a_week_is_judged_at_its_end(at: datetime) -> None:
    phase = fixed(at, planned=1000)
    more(phase, at + 8 * DAY, control=50, bold=120)
    assert get_results("copy", at=at + 10 * DAY).report.verdict.kind == "keep_running"
    assert Phase.objects.get().reading is None
    assert get_results("copy", at=at + 15 * DAY).report.verdict.kind == "winner"


def test_a_verdict_that_is_withheld_is_not_kept(at: datetime) -> None:
    phase = fixed(at)
    Exposure.objects.filter(pk__in=Exposure.objects.values("pk")[:30]).update(is_crossed=True)
    assert get_results("copy", at=at + 7 * DAY).report.verdict.kind == "withheld"
    more(phase, at + 8 * DAY, control=50, bold=50)
    more(phase, at + 9 * DAY, control=50, bold=50)
    assert get_results("copy", at=at + 14 * DAY).report.verdict.kind == "no_difference"


def test_harm_still_counts_after_the_verdict(at: datetime) -> None:
    trial = draft(is_sequential=False, planned_units=500)
    guard = {"role": "guardrail", "limit": 0.1, "is_more_better": False}
    dismissed = Metric.objects.create(experiment=trial, title="Sent away", event="prompt_dismissed", **guard)
    phase = started(trial, at)
    fill(phase, "control", 500, 50, at, metric=trial.metrics.get(role="primary"))
    fill(phase, "bold", 500, 120, at, metric=trial.metrics.get(role="primary"))
    assert get_results("copy", at=at + 7 * DAY).report.verdict.kind == "winner"
    for arm, share in (("control", 50), ("bold", 300)):
        Outcome.objects.bulk_create(
            Outcome(exposure=one, metric=dismissed, phase=phase, arm=arm, count=1, total=1, first_on=one.on)
            for one in Exposure.objects.filter(arm=arm)[:share]
        )
    report = get_results("copy", at=at + 9 * DAY).report
    assert (report.verdict.kind, report.verdict.headline) == ("loser", "Stop: keep Control.")
    assert monitor_running_phases(at=at + 9 * DAY) == 1


def test_a_sequential_test_may_be_read_every_week(at: datetime) -> None:
    trial = draft(planned_units=5000)
    phase = started(trial, at)
    fill(phase, "control", 500, 50, at, metric=trial.metrics.get())
    fill(phase, "bold", 500, 52, at, metric=trial.metrics.get())
    assert get_results("copy", at=at + 7 * DAY).report.verdict.kind == "keep_running"
    more(phase, at + 8 * DAY, control=50, bold=250)
    assert get_results("copy", at=at + 14 * DAY).report.verdict.kind == "winner"
    assert Phase.objects.get().reading is None


@pytest.mark.parametrize("days", [9, 16])
def test_page_and_exports_show_what_the_verdict_read(at: datetime, days: int) -> None:
    phase = fixed(at)
    get_results("copy", at=at + 7 * DAY)
    more(phase, at + 8 * DAY, control=77, bold=99)
    staff = browser(staff_user())
    with time_machine.travel(at + days * DAY):
        page = staff.get("/experiments/copy/").content.decode()
        sheet = StringIO(staff.get("/experiments/copy/results.csv").content.decode()).read()
        data = staff.get("/experiments/copy/results.json").json()
    assert "As of Mar 11, 2026 15:00, with 1,000 people." in page
    assert "This verdict was made once, when the plan was full." in page
    assert "2,000 people so far" in page
    for text in ("<td>70</td>", "<td>14.00%</td>"):
        assert text in page
    assert (data["as_of"], data["is_frozen"]) == ("2026-03-11T15:00:00+00:00", True)
    assert [arm["units"] for arm in data["metrics"][0]["arms"]] == [500, 500]
    assert sheet.count("2026-03-11T15:00:00+00:00") == 2


def test_readers_at_once_keep_one_verdict(at: datetime) -> None:
    fixed(at)
    one, other = Phase.objects.get(), Phase.objects.get()  # neither knows the other's verdict
    assert read_report(one, at + 7 * DAY).verdict == read_report(other, at + 14 * DAY).verdict
    assert Change.objects.filter(kind="judged").count() == 1
