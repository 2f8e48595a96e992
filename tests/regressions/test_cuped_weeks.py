"""A verdict reads whole weeks: the units exposed in them, all of their pre-period, and the events of those weeks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest

from experiments.models import Exposure, Metric, Outcome, Phase
from experiments.services.outcomes import record_event
from experiments.services.results import get_results
from tests.experiments.trials import BOTH, DAY, draft, started

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def cuped(at: datetime, **fields: Any) -> tuple[Phase, Metric]:
    """Start an experiment whose primary metric is a mean with a pre-period."""
    trial = draft("copy", BOTH, **{"planned_units": 100} | fields)
    Metric.objects.filter(experiment=trial).update(kind="mean", pre_days=7)
    return started(trial, at), trial.metrics.get()


def units(
    phase: Phase, metric: Metric, arm: str, values: Sequence[tuple[float, float]], at: datetime, name: str
) -> None:
    """Expose one unit for each (total, before) at this instant; a total of 0 is a unit without events."""
    rows = [Exposure(phase=phase, unit=f"{arm}-{name}-{n}", arm=arm, at=at, on=at.date()) for n in range(len(values))]
    exposures = Exposure.objects.bulk_create(rows)
    outcomes = [
        Outcome(
            exposure=exposure,
            metric=metric,
            phase=phase,
            arm=arm,
            count=bool(total),
            total=total,
            before=before,
            first_on=at.date() if total else None,
        )
        for exposure, (total, before) in zip(exposures, values, strict=True)
    ]
    Outcome.objects.bulk_create(outcomes)


@pytest.mark.parametrize("is_sequential", [True, False])
def test_idle_newcomers_of_the_next_week_change_no_verdict(at: datetime, is_sequential: bool) -> None:
    phase, metric = cuped(at, is_sequential=is_sequential)
    alike = [(float(n % 7 + 3), float(n % 5 * 10)) for n in range(100)]
    for arm, before in (("control", 0.0), ("bold", 60.0)):
        units(phase, metric, arm, alike, at + DAY, "first")
        units(phase, metric, arm, [(0.0, before)] * 14, at + 8 * DAY, "late")
    report = get_results("copy", at=at + 9 * DAY).report
    control, bold = report.primary.arms
    assert (control.units, bold.units) == (100, 100)
    assert bold.deciding is not None
    assert bold.deciding.difference == pytest.approx(0, abs=1e-12)
    assert report.verdict.kind == "no_difference"
    assert "0.0% more" in " ".join(report.verdict.reasons)


def test_all_of_the_pre_period_is_used(at: datetime) -> None:
    """A unit without an event of its own still brings its days before exposure."""
    phase, metric = cuped(at)
    units(phase, metric, "control", [(10, 20)] * 50 + [(0, 0)] * 50, at + DAY, "first")
    units(phase, metric, "bold", [(10, 20)] * 60 + [(0, 0)] * 40, at + DAY, "first")
    bold = get_results("copy", at=at + 7 * DAY).report.primary.arms[1]
    assert bold.deciding is not None
    assert bold.deciding.difference == pytest.approx(0, abs=1e-9)  # the pre-period explains all of it


def test_events_after_the_cut_wait_for_their_week(at: datetime) -> None:
    """The totals of a week stay readable after events of the next one, also when one of them arrives late."""
    phase, metric = cuped(at, window_h=24 * 30)
    units(phase, metric, "control", [(0, 5)], at + DAY, "first")
    unit = Exposure.objects.get().unit

    def happens(when: datetime) -> None:
        assert record_event("invite_sent", persons=[unit], trees=[], properties={}, at=when) == 1

    happens(at + 2 * DAY)
    happens(at + 8 * DAY)
    happens(at + 15 * DAY)
    happens(at + 3 * DAY)  # delivered late
    outcome = Outcome.objects.get()
    assert (outcome.count, outcome.count_before_week, outcome.week) == (4, 3, 2)
    assert outcome.first_on == (at + 2 * DAY).date()
    read = {days: get_results("copy", at=at + days * DAY).report.primary.arms[0] for days in (14, 16, 21)}
    assert [arm.value for arm in read.values()] == [3.0, 3.0, 4.0]


def test_weeks_are_whole_from_the_hour_of_the_start(at: datetime) -> None:
    phase, metric = cuped(at)
    units(phase, metric, "control", [(1, 0)], at + 7 * DAY - HOUR, "before")
    units(phase, metric, "bold", [(1, 0)], at + 7 * DAY + HOUR, "after")  # the same UTC day
    report = get_results("copy", at=at + 7 * DAY + 2 * HOUR).report
    assert [arm.units for arm in report.primary.arms] == [1, 0]
    assert report.reading.as_of == at + 7 * DAY
    assert report.units == 2


def oracle(story: list[tuple[int, str, datetime, list[datetime], float]], cut: datetime) -> dict[str, list[float]]:
    """Sums of one arm from the whole story: units, converted, total, before, squares and products."""
    found = {}
    for arm in ("control", "bold"):
        mine = [(events, before) for _, where, at, events, before in story if where == arm and at < cut]
        totals = [sum(event < cut for event in events) for events, _ in mine]
        befores = [before for _, before in mine]
        found[arm] = [
            len(mine),
            sum(total > 0 for total in totals),
            float(sum(totals)),
            float(sum(befores)),
            float(np.dot(totals, totals)),
            float(np.dot(befores, befores)),
            float(np.dot(totals, befores)),
        ]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_sums_are_those_of_the_whole_story_at_every_cut(seed: int) -> None:
    """Random exposures and events, delivered in any order, against sums over the story itself."""
    dice, start = Random(seed), datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    phase, metric = cuped(start, window_h=24 * 60)
    story = []
    for number in range(40):
        exposed = start + timedelta(hours=dice.randrange(28 * 24))
        events = [exposed + timedelta(hours=dice.randrange(1, 15 * 24)) for _ in range(dice.randrange(4))]
        story.append((number, dice.choice(["control", "bold"]), exposed, events, float(dice.randrange(5))))
    for number, arm, exposed, _, before in story:
        units(phase, metric, arm, [(0, before)], exposed, str(number))
    moments = sorted((event, number, arm) for number, arm, _, events, _ in story for event in events)
    done = start
    for weeks in (1, 2, 3, 4, 5):
        cut = start + timedelta(weeks=weeks)
        due = [one for one in moments if done <= one[0] < cut + 2 * DAY]
        dice.shuffle(due)
        for event, number, arm in due:
            record_event("invite_sent", persons=[f"{arm}-{number}-0"], trees=[], properties={}, at=event)
        done = cut + 2 * DAY
        report = get_results("copy", at=cut + 2 * DAY).report
        for arm, expected in oracle(story, cut).items():
            stats = report.reading.arms[arm]
            sums = stats.of(metric.pk)
            assert [
                stats.units,
                sums.converted,
                sums.total,
                sums.before,
                sums.total_squares,
                sums.before_squares,
                sums.total_by_before,
            ] == expected
