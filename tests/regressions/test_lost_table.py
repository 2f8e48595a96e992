"""An agent whose table is lost fails alone: practice goes on, and the health check names the agent."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from experiments.models import Phase
from experiments.services import phase_cache
from monitoring.alerts import rules, services
from monitoring.models import AgentState, Alert
from monitoring.services import run_health_check
from tests.factories import answer_all, browser, person
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Result, Skill

TABLE = Phase._meta.db_table


@pytest.fixture
def lost_table(transactional_db: None) -> Iterator[None]:
    """The catalogue of experiments is gone, and this process has nothing of it in its cache."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {TABLE}_lost")
    phase_cache.invalidate_phase_cache()
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE}_lost RENAME TO {TABLE}")
    phase_cache.prime_empty_phase_cache()


@pytest.fixture
def ada(transactional_db: None, algebra: Skill) -> User:
    return person("Ada")


@pytest.mark.usefixtures("lost_table")
def test_practice_goes_on_without_the_table(ada: User) -> None:
    client = browser(ada)
    started = client.post("/practice/start/algebra/")
    assert started.status_code == 302
    attempt = Attempt.objects.get()
    answer_all(attempt, right=5, at=now())
    phase_cache.invalidate_phase_cache()
    assert client.post(f"/practice/{attempt.pk}/finish/").status_code == 302
    assert Result.objects.get().score == 100
    assert client.get(f"/results/{attempt.pk}/").status_code == 200
    assert client.post(f"/loops/after/{attempt.pk}/").status_code == 200


@pytest.mark.usefixtures("lost_table")
def test_an_alert_about_a_guardrail_outlives_a_check_that_cannot_read_it(ada: User) -> None:
    begun = now()
    guardrail = [rules.guardrail("copy", "Copy")]
    for seconds in (0, 30):
        services.observe(findings=guardrail, at=begun + timedelta(seconds=seconds))
    for seconds in (60, 90, 120):
        run_health_check(at=begun + timedelta(seconds=seconds))
    assert Alert.objects.get(key="guardrail:copy").resolved_at is None


@pytest.mark.usefixtures("lost_table")
def test_the_health_check_names_the_agent_that_failed(ada: User) -> None:
    run_health_check(at=now())
    states = dict(AgentState.objects.values_list("name", "state"))
    assert states["experimentation"] == "failing"
    assert states["orchestrator"] != "failing"
    assert [alert.title for alert in Alert.objects.all() if "Experimentation" in alert.title]
