"""A metric that names a text counts 0, the form refuses it, and no exposure ever breaks a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from experiments.models import Experiment, Exposure, Metric, Outcome
from experiments.services.assignment import Variant
from experiments.services.exposure import clear_exposure_cache, log_exposure
from experiments.services.lifecycle import readiness_errors
from experiments.services.phase_cache import invalidate_phase_cache
from loops.core.default_experiments import load_default_experiments
from loops.core.experiment_adapter import expose
from loops.models import Prompt
from tests.experiments.trials import draft, staff_user, started
from tests.factories import Committed, browser, person, practice
from tests.steps.admin import experiment_form
from tests.steps.challenges import accept, challenge_from
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Skill

TEXTS = ("subject", "skill", "attempt_id", "kind", "nothing_like_it")
GOAL = {"role": "goal", "kind": "mean", "event": "practice_completed", "pre_days": 7}


@pytest.mark.django_db
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_counts_nothing_before_exposure(algebra: Skill, at: datetime, committed: Committed, name: str) -> None:
    ada = person("Ada", at=at)
    with committed():
        practice(ada, algebra, right=4, at=at - timedelta(days=1))
    trial = draft()
    Metric.objects.create(experiment=trial, title="Scores", value_of="score", **GOAL)
    phase = started(trial, at)
    Metric.objects.create(experiment=trial, title="Texts", value_of=name, **GOAL)  # as if it came before the rule
    phase.plan["metrics"] += [phase.metrics[-1] | {"id": Metric.objects.latest("pk").pk, "value_of": name}]
    phase.save(update_fields=["plan"])
    invalidate_phase_cache()
    unit = str(ada.person_id)
    log_exposure(Variant("copy", "bold", is_enrolled=True, phase_id=phase.pk, number=1, unit=unit), at)
    before = Outcome.objects.values_list("metric__title", "before")
    assert sorted(before) == [("Scores", 80.0), ("Texts", 0.0)]


@pytest.mark.django_db
@pytest.mark.parametrize("stored", ["soon", "12", None, True, [3], {"a": 1}, "", "1e400"], ids=repr)
def test_any_stored_value_that_is_no_number_counts_nothing(at: datetime, stored: Any) -> None:
    ada = person("Ada", at=at)
    trial = draft()
    Metric.objects.create(experiment=trial, title="Scores", value_of="score", **GOAL)
    phase = started(trial, at)
    for value in (stored, 7.5):
        LoggedEvent.objects.create(
            type="practice_completed", actor_id=ada.pk, properties={"score": value}, at=at - timedelta(hours=1)
        )
    unit = str(ada.person_id)
    log_exposure(Variant("copy", "bold", is_enrolled=True, phase_id=phase.pk, number=1, unit=unit), at)
    assert Outcome.objects.get().before == 7.5


@pytest.mark.django_db
@pytest.mark.parametrize("name", TEXTS)
def test_the_form_and_the_start_refuse_a_text(name: str) -> None:
    staff = browser(staff_user())
    metric = {"metrics-0-event": "practice_completed", "metrics-0-kind": "mean", "metrics-0-value_of": name}
    page = staff.post("/admin/experiments/experiment/add/", experiment_form(None, **metric))
    assert page.status_code == 200
    said = f"{name} is not a number that practice_completed carries. It carries these numbers: score, duration_s"
    assert said.lower() in page.content.decode().lower()
    assert not Experiment.objects.exists()
    trial = draft(event="practice_completed")
    Metric.objects.filter(experiment=trial).update(kind="mean", value_of=name)
    assert any(said in error for error in readiness_errors(trial))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["score", "duration_s", ""])
def test_the_form_takes_numbers(name: str) -> None:
    staff = browser(staff_user())
    metric = {"metrics-0-event": "practice_completed", "metrics-0-kind": "mean", "metrics-0-value_of": name}
    assert staff.post("/admin/experiments/experiment/add/", experiment_form(None, **metric)).status_code == 302


# -- An exposure that fails ----------------------------------------------------------------------------------
TABLES = ("experiments_exposure", "experiments_personexposure", "experiments_outcome", "experiment_exposed")


@contextmanager
def broken(words: str) -> Iterator[None]:
    """Let the database refuse each write that contains these words, as it does for a table that is lost."""

    def meet(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith("INSERT") and (words in sql or words in str(params)):
            return execute("SELECT no_such_column FROM no_such_table", (), many, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meet):
        yield


def running() -> None:
    load_default_experiments()
    for trial in Experiment.objects.all():
        Metric.objects.create(experiment=trial, title="Score", value_of="score", **GOAL)
        started(trial, now() - timedelta(minutes=1))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("words", TABLES)
def test_pages_work_while_exposures_fail(words: str, caplog: pytest.LogCaptureFixture) -> None:
    running()
    ada = person("Ada")
    client = browser(ada)
    with broken(words):
        link, shared = challenge_from(client)  # `/loops/after/` shows the offer
        assert client.get(f"/loops/share/{link.code}/").status_code == 200
        accept(browser(), shared)
    prompt = Prompt.objects.get()
    assert prompt.shown_at is not None  # the page's own writes of the same transaction stay
    assert LoggedEvent.objects.filter(type="loop_exposed").count() == 1
    assert not Exposure.objects.exists()
    assert f"the exposure of link {link.code} was not logged" in caplog.text
    assert client.get(f"/loops/share/{link.code}/").status_code == 200
    assert Exposure.objects.count() == 2  # and the next screen is an exposure again


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
def test_a_call_that_raises_breaks_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    running()

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("loops.core.experiment_adapter.log_exposures", gone)
    client = browser(person("Ada"))
    link, _ = challenge_from(client)
    assert client.get(f"/loops/share/{link.code}/").status_code == 200
    assert not Exposure.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
def test_a_transaction_of_the_page_stays_usable() -> None:
    running()
    client = browser(person("Ada"))
    link, _ = challenge_from(client)
    clear_exposure_cache()
    Exposure.objects.all().delete()
    LoggedEvent.objects.filter(type="experiment_exposed").delete()
    with transaction.atomic(), broken("experiments_exposure"):
        expose(link, link.referrer.person_id, now())
        assert User.objects.count() == 1  # a broken transaction would refuse this
