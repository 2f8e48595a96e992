"""Threat 33: a person chooses an arm of an experiment, or looks for the one that pays more."""

from collections import Counter

import pytest

from experiments.analysis.srm import check_sample_ratio
from experiments.models import Assignment, Exposure
from loops.core.experiment_adapter import arms_for
from tests.api.programs import Program
from tests.experiments.trials import draft, started
from tests.factories import browser, person
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db
WISHES = {"arm": "bold", "variant": "bold", "copy": "bold", "force": "copy:bold", "experiment": "copy", "preview": "1"}


def test_t33_no_parameter_cookie_or_body_changes_an_arm() -> None:
    started(draft(), now(), seed="fixed")
    program = Program()
    people = [program.brings(person(name)) for name in ("Ada", "Bo", "Cy", "Dee")]
    before = {one.pk: arms_for(one, ["copy"], now()).value["copy"].arm for one in people}
    assert set(before.values()) == {"control", "bold"}
    for one in people:
        client = browser(one)
        client.cookies.load(WISHES)
        for path in ("/", "/rewards/", "/settings/"):
            client.get(path, WISHES)
        where = f"/api/v1/people/{one.username}/experiments/copy"
        answers = [program.get(where, **WISHES).json(), program.post(f"{where}/exposure", WISHES).json()]
        assert {answer["arm"] for answer in answers} == {before[one.pk]}
    assert {one.pk: arms_for(one, ["copy"], now()).value["copy"].arm for one in people} == before
    assert Counter(Assignment.objects.values_list("arm", flat=True)) == Counter(before.values())


def test_t33_an_exposure_counts_once_however_often_it_is_asked_for() -> None:
    started(draft(), now(), seed="fixed")
    program = Program()
    program.brings(person("Ada"))
    for _ in range(3):
        program.post("/api/v1/people/ada/experiments/copy/exposure", WISHES)
    assert Exposure.objects.count() == 1


def test_t33_people_who_move_themselves_ring_the_alarm() -> None:
    assert not check_sample_ratio([510, 490], [5000, 5000]).is_alarm
    assert check_sample_ratio([590, 410], [5000, 5000]).is_alarm
    assert check_sample_ratio([500, 500, 1], [5000, 5000, 0]).is_alarm
