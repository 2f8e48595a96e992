"""Events marked invalid leave outcomes and pre-periods, and come back when they are valid again."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from experiments.models import Change, CorrectedEvent, Exposure, Metric, Outcome, Phase
from experiments.services.assignment import Variant
from experiments.services.exposure import log_exposure
from experiments.services.results import get_results
from loops import tasks
from loops.core.experiment_adapter import record_outcome
from loops.core.experiment_corrections import correct_outcomes
from loops.events import GuestStarted, InviteSent
from tests.experiments.trials import DAY, draft, fill, started
from tests.factories import person
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.bus import name_of
from viral_engine.kernel.models import Delivery, LoggedEvent
from viral_engine.learning.events import PracticeCompleted

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def invited(user: User, at: datetime, *, is_invalid: bool = False) -> LoggedEvent:
    event = InviteSent(actor_id=user.pk, link_code="", loop="buddy_challenge", channel="sms")
    return _happened(event, at, is_invalid=is_invalid)


def _happened(event: Any, at: datetime, *, is_invalid: bool = False) -> LoggedEvent:
    logged = LoggedEvent.objects.create(
        type=event.type,
        actor_id=event.actor_id,
        guest_id=event.guest_id,
        properties=event.properties(),
        at=at,
        is_invalid=is_invalid,
    )
    record_outcome(event, at)
    return logged


def meet(phase: Phase, unit: str, at: datetime, arm: str = "bold") -> Exposure:
    log_exposure(Variant("copy", arm, is_enrolled=True, phase_id=phase.pk, number=1, unit=unit), at)
    return Exposure.objects.get(unit=unit)


def mark(event: LoggedEvent, *, is_invalid: bool) -> None:
    LoggedEvent.objects.filter(pk=event.pk).update(is_invalid=is_invalid)


def facts() -> tuple[Any, ...] | None:
    fields = ("count", "total", "week", "count_before_week", "total_before_week", "first_on")
    return Outcome.objects.values_list(*fields).first()


def test_an_invalid_event_leaves_and_a_valid_one_comes_back(at: datetime) -> None:
    phase, ada = started(draft(window_h=24 * 30), at), person("Ada", at=at)
    meet(phase, str(ada.person_id), at)
    first = invited(ada, at + HOUR)
    invited(ada, at + 8 * DAY)
    before = facts()
    assert before == (2, 2.0, 1, 1, 1.0, at.date())
    mark(first, is_invalid=True)
    assert [correct_outcomes(at=at + 9 * DAY), correct_outcomes(at=at + 9 * DAY)] == [1, 0]
    assert facts() == (1, 1.0, 1, 0, 0.0, (at + 8 * DAY).date())
    mark(first, is_invalid=False)
    assert [correct_outcomes(at=at + 9 * DAY), correct_outcomes(at=at + 9 * DAY)] == [1, 0]
    assert facts() == before
    assert not CorrectedEvent.objects.exists()


def test_an_event_that_is_still_to_be_counted_is_counted_once(at: datetime) -> None:
    phase, ada = started(draft(window_h=24 * 30), at), person("Ada", at=at)
    meet(phase, str(ada.person_id), at)
    first = invited(ada, at + HOUR)
    late = InviteSent(actor_id=ada.pk, link_code="", loop="buddy_challenge", channel="sms")
    logged = LoggedEvent.objects.create(type=late.type, actor_id=ada.pk, properties=late.properties(), at=at + 2 * HOUR)
    delivery = Delivery.objects.create(event=logged, listener=name_of(record_outcome))
    mark(first, is_invalid=True)
    assert tasks.correct_outcomes() == 1
    assert Outcome.objects.get().count == 0
    record_outcome(late, logged.at)
    delivery.delete()
    assert Outcome.objects.get().count == 1
    assert LoggedEvent.objects.get(type="experiment_conversion").is_invalid is False


def test_the_last_event_takes_the_conversion_with_it(at: datetime) -> None:
    phase, ada = started(draft(), at), person("Ada", at=at)
    meet(phase, str(ada.person_id), at)
    only = invited(ada, at + HOUR)
    assert get_results("copy", at=at + DAY).report.primary.arms[1].conversions == 1
    mark(only, is_invalid=True)
    correct_outcomes(at=at + DAY)
    assert get_results("copy", at=at + DAY).report.primary.arms[1].conversions == 0
    assert LoggedEvent.objects.get(type="experiment_conversion").is_invalid


def test_pre_periods_know_valid_events_alone(at: datetime) -> None:
    trial = draft()
    facts_of = {"role": "goal", "kind": "mean", "event": "practice_completed", "pre_days": 7, "value_of": "score"}
    Metric.objects.create(experiment=trial, title="Scores", **facts_of)
    phase, ada = started(trial, at), person("Ada", at=at)

    def practiced(days: int, score: int, *, is_invalid: bool = False) -> LoggedEvent:
        event = PracticeCompleted(
            actor_id=ada.pk,
            attempt_id="a",
            skill="integers",
            subject="math",
            score=score,
            kind="practice",
            duration_s=60,
        )
        return _happened(event, at - days * DAY, is_invalid=is_invalid)

    practiced(1, 100, is_invalid=True)
    later = practiced(2, 80)
    practiced(3, 60)
    meet(phase, str(ada.person_id), at)
    assert Outcome.objects.get().before == 140
    correct_outcomes(at=at)  # the event that was invalid from the start changes nothing
    assert Outcome.objects.get().before == 140
    mark(later, is_invalid=True)
    assert correct_outcomes(at=at) == 1
    assert Outcome.objects.get().before == 60


def test_a_guests_event_leaves_too(at: datetime) -> None:
    phase, guest = started(draft(event="guest_started"), at), Guest.objects.create(created_at=at)
    meet(phase, str(guest.pk), at)
    started_event = GuestStarted(guest_id=str(guest.pk), link_code="", loop="buddy_challenge")
    logged = _happened(started_event, at + HOUR)
    assert facts() is not None
    mark(logged, is_invalid=True)
    assert correct_outcomes(at=at + DAY) == 1
    assert Outcome.objects.get().count == 0


def test_an_event_that_is_still_on_its_way_waits(at: datetime) -> None:
    phase, ada = started(draft(), at), person("Ada", at=at)
    meet(phase, str(ada.person_id), at)
    event = invited(ada, at + HOUR, is_invalid=True)
    delivery = Delivery.objects.create(event=event, listener="loops.core.experiment_adapter.record_outcome")
    assert correct_outcomes(at=at + DAY) == 0
    Delivery.objects.filter(pk=delivery.pk).update(processed_at=at + DAY)
    assert correct_outcomes(at=at + DAY) == 1
    assert Outcome.objects.get().count == 0


def test_an_erased_account_stops_no_correction(at: datetime) -> None:
    phase, ada = started(draft(), at), person("Ada", at=at)
    meet(phase, str(ada.person_id), at)
    event = invited(ada, at + HOUR)
    mark(event, is_invalid=True)
    ada.delete()
    assert [correct_outcomes(at=at + DAY), correct_outcomes(at=at + DAY)] == [1, 0]


def test_a_verdict_that_was_made_says_that_events_left_later(at: datetime) -> None:
    trial = draft(is_sequential=False, planned_units=500)
    phase, ada = started(trial, at), person("Ada", at=at)
    fill(phase, "control", 499, 50, at, metric=trial.metrics.get())
    fill(phase, "bold", 500, 70, at, metric=trial.metrics.get())
    meet(phase, str(ada.person_id), at, arm="control")
    event = invited(ada, at + HOUR)
    verdict = get_results("copy", at=at + 7 * DAY).report.verdict
    mark(event, is_invalid=True)
    correct_outcomes(at=at + 8 * DAY)
    assert get_results("copy", at=at + 14 * DAY).report.verdict == verdict
    assert Change.objects.get(kind="corrected").note.startswith("1 event was corrected after the verdict")


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_marks_ends_where_a_clean_log_would(at: datetime, seed: int) -> None:
    dice = Random(seed)
    phase, ada = started(draft(window_h=24 * 30), at), person("Ada", at=at)
    meet(phase, str(ada.person_id), at)
    events = [invited(ada, at + dice.randrange(1, 20 * 24) * HOUR) for _ in range(8)]
    for _ in range(12):
        mark(dice.choice(events), is_invalid=dice.random() < 0.6)
        if dice.random() < 0.5:
            correct_outcomes(at=at + 20 * DAY)
    correct_outcomes(at=at + 20 * DAY)
    recounted = facts()
    valid = list(LoggedEvent.objects.filter(type="invite_sent", is_invalid=False).order_by("?"))
    Outcome.objects.all().delete()
    for one in valid:
        record_outcome(one.as_event(), one.at)
    clean = facts() or (0, 0.0, 0, 0, 0.0, None)
    assert recounted == clean
