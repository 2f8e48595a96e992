"""A holdout that starts, grows or ends while experiments run says whom it moved, and stops counting them."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from experiments import tasks
from experiments.models import Change, Exposure, Holdout, Outcome, Phase
from experiments.services.assignment import get_variant
from experiments.services.exposure import log_exposure
from experiments.services.holdouts import apply_holdouts
from experiments.services.outcomes import record_event
from experiments.services.phase_cache import invalidate_phase_cache
from tests.experiments.trials import assignment_context, draft, staff_user, started
from tests.factories import browser

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PEOPLE = [f"person-{number}" for number in range(300)]


@pytest.fixture
def staff() -> Client:
    return browser(staff_user())


def crowd(at: datetime) -> Phase:
    phase = started(draft(), at, seed="fixed")
    for one in PEOPLE:
        log_exposure(get_variant("copy", assignment_context(one), at), at)
    return phase


def held_out() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"control": [], "bold": []}
    for arm, unit in Exposure.objects.filter(held_out_at__isnull=False).values_list("arm", "unit"):
        found[arm].append(unit)
    return found


def test_the_log_and_the_page_say_whom_it_took_out(staff: Client, at: datetime) -> None:
    crowd(at)
    with time_machine.travel(at + HOUR):
        staff.post("/admin/experiments/holdout/add/", {"name": "year", "share_bp": 1000, "is_on": "on"})
    out = held_out()
    total = len(out["control"]) + len(out["bold"])
    assert 15 < total < 45
    change = Change.objects.get(kind="holdout")
    assert change.note == (
        f"Active holdouts: year (10%). {total} people left the experiment and get the control. "
        "They stay counted up to now."
    )
    assert change.facts == {
        "held out of Control": [0, len(out["control"])],
        "held out of Bold": [0, len(out["bold"])],
    }
    assert change.by is not None
    for unit in (*out["control"], *out["bold"]):
        assert not get_variant("copy", assignment_context(unit), at + HOUR).is_enrolled
    kept = sum(get_variant("copy", assignment_context(one), at + HOUR).is_enrolled for one in PEOPLE)
    assert kept == 300 - total
    with time_machine.travel(at + 2 * HOUR):
        page = staff.get("/experiments/copy/").content.decode()
        listed = staff.get("/admin/experiments/exposure/?held_out_at__isempty=0").content.decode()
        exported = staff.get("/experiments/copy/results.json").json()["held_out"]
    assert f"A holdout took {total} of these people out while the test ran." in page
    assert f"{total} people left the experiment" in page
    assert f"{total} exposures" in listed
    assert exported == total


def test_nothing_counts_from_then_on_and_earlier_counts_stay(at: datetime) -> None:
    crowd(at)
    Holdout.objects.create(name="year", share_bp=10_000)

    def invites(when: datetime) -> int:
        return record_event("invite_sent", persons=[PEOPLE[0]], trees=[], properties={}, at=when)

    assert invites(at + HOUR) == 1
    assert apply_holdouts(by=None, at=at + 2 * HOUR) == 1
    assert invites(at + 3 * HOUR) == 0
    assert invites(at + HOUR) == 1  # from before, delivered late
    assert Outcome.objects.get().count == 2


def test_a_holdout_that_ends_brings_them_back(staff: Client, at: datetime) -> None:
    crowd(at)
    year = Holdout.objects.create(name="year", share_bp=2000)
    apply_holdouts(by=None, at=at + HOUR)
    left = Exposure.objects.filter(held_out_at__isnull=False).count()
    staff.post(f"/admin/experiments/holdout/{year.pk}/delete/", {"post": "yes"})
    assert held_out() == {"control": [], "bold": []}
    note = Change.objects.filter(kind="holdout").latest("pk").note
    assert note == f"Active holdouts: none. {left} people came back to their arm and count again."


def test_a_change_outside_the_admin_is_found_by_the_task_once(at: datetime) -> None:
    crowd(at)
    Holdout.objects.create(name="year", share_bp=500)
    for minutes in (0, 5):
        with time_machine.travel(at + timedelta(minutes=minutes), tick=False):
            tasks.watch_experiments()
    assert Change.objects.filter(kind="holdout").count() == 1


def test_a_holdout_from_the_start_takes_nobody_out(at: datetime) -> None:
    Holdout.objects.create(name="year", share_bp=1000)
    invalidate_phase_cache()
    phase = started(draft(), at)
    assert phase.holdouts == {"year": 1000}
    assert apply_holdouts(by=None, at=at) == 0
    assert not Change.objects.filter(kind="holdout").exists()


def test_an_experiment_that_ended_stays_as_it_was(at: datetime) -> None:
    phase = crowd(at)
    Phase.objects.filter(pk=phase.pk).update(ended_at=at + HOUR)
    Holdout.objects.create(name="year", share_bp=5000)
    assert apply_holdouts(by=None, at=at + 2 * HOUR) == 0
    assert held_out() == {"control": [], "bold": []}
