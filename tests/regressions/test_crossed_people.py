"""A person who saw two arms under two ids is crossed, whichever id came first and whenever the ids were joined."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from experiments.models import Exposure
from experiments.services.assignment import Variant
from experiments.services.exposure import clear_exposure_cache, log_exposure
from experiments.services.outcomes import merge_guest_units
from tests.experiments.trials import draft, started
from tests.factories import person
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services.guests import adopt_guest, merge_guest

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def meet(phase_id: int, unit: str, arm: str, at: datetime, *, by: str = "") -> None:
    clear_exposure_cache()
    log_exposure(Variant("copy", arm, is_enrolled=True, phase_id=phase_id, number=1, unit=unit), at, person=by)


def crossed() -> set[str]:
    return set(Exposure.objects.filter(is_crossed=True).values_list("unit", flat=True))


@pytest.mark.parametrize("order", list(permutations(("guest", "account", "log in"))))
def test_the_order_does_not_matter(at: datetime, order: tuple[str, ...]) -> None:
    phase = started(draft(), at)
    ada, guest = person("Ada", at=at), Guest.objects.create(created_at=at)
    for number, step in enumerate(order, 1):
        then = at + number * HOUR
        if step == "guest":
            meet(phase.pk, str(guest.pk), "control", then)
        elif step == "account":
            meet(phase.pk, str(ada.person_id), "bold", then)
        else:
            assert merge_guest(guest=guest, user=ada, at=then)
            merge_guest_units(guest=str(guest.pk), person=str(ada.person_id))
    assert crossed() == {str(guest.pk), str(ada.person_id)}


def test_one_arm_under_two_ids_is_not_crossed(at: datetime) -> None:
    phase = started(draft(), at)
    ada, guest = person("Ada", at=at), Guest.objects.create(created_at=at)
    meet(phase.pk, str(guest.pk), "bold", at)
    merge_guest(guest=guest, user=ada, at=at)
    meet(phase.pk, str(ada.person_id), "bold", at + HOUR)
    assert crossed() == set()


def test_two_guests_of_one_account_are_compared(at: datetime) -> None:
    """A phone and a laptop, each with its own guest, before the log-in on either."""
    phase = started(draft(), at)
    ada = person("Ada", at=at)
    phone, laptop = (Guest.objects.create(created_at=at) for _ in range(2))
    meet(phase.pk, str(phone.pk), "control", at)
    merge_guest(guest=phone, user=ada, at=at)
    merge_guest(guest=laptop, user=ada, at=at)
    meet(phase.pk, str(laptop.pk), "bold", at + HOUR)
    assert crossed() == {str(phone.pk), str(laptop.pk)}


def test_a_guest_who_signs_up_keeps_one_id(at: datetime) -> None:
    phase = started(draft(), at)
    guest = Guest.objects.create(created_at=at)
    meet(phase.pk, str(guest.pk), "control", at)
    ada = person("Ada", at=at, person_id=guest.pk)
    assert adopt_guest(guest=guest, user=User.objects.get(pk=ada.pk))
    meet(phase.pk, str(ada.person_id), "control", at + HOUR)
    assert (Exposure.objects.count(), crossed()) == (1, set())


def test_in_trees_the_person_is_compared_and_not_the_tree(at: datetime) -> None:
    """A guest saw Bo's tree in one arm, and turns out to be Ada, whose tree saw another."""
    phase = started(draft(unit="tree"), at)
    ada, bo, guest = person("Ada", at=at), person("Bo", at=at), Guest.objects.create(created_at=at)
    meet(phase.pk, str(ada.person_id), "bold", at, by=str(ada.person_id))
    meet(phase.pk, str(bo.person_id), "control", at, by=str(bo.person_id))
    meet(phase.pk, str(bo.person_id), "control", at, by=str(guest.pk))
    assert crossed() == set()
    merge_guest(guest=guest, user=ada, at=at + HOUR)
    assert merge_guest_units(guest=str(guest.pk), person=str(ada.person_id)) == 1
    assert crossed() == {str(ada.person_id), str(bo.person_id)}
