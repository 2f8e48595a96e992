from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from loops.core import orchestrator
from loops.events import ChallengeInitiated
from tests.factories import person
from viral_engine.kernel.agent_failures import AgentFailed, record_failure
from viral_engine.kernel.models import Decision

pytestmark = pytest.mark.django_db
ASKED = ChallengeInitiated(actor_id=7, attempt_id="a", skill="algebra", score=80)


def without_people(execute: Any, sql: str, *rest: Any) -> Any:
    if "accounts_user" in sql:
        raise OperationalError("gone")
    return execute(sql, *rest)


@pytest.mark.django_db(transaction=True)
def test_a_loop_that_is_asked_for_by_name_leaves_its_failure_too(at: datetime) -> None:
    ada = person("Ada")
    with connection.execute_wrapper(without_people), pytest.raises(OperationalError):
        orchestrator.route_loop("buddy_challenge", ada, at)
    assert Decision.objects.get().outcome == "failed"


@pytest.mark.django_db(transaction=True)
def test_an_agent_that_raises_leaves_a_failed_decision_and_raises_on(at: datetime) -> None:
    with connection.execute_wrapper(without_people), pytest.raises(OperationalError):
        orchestrator.trigger_event(ASKED, at)
    decision = Decision.objects.get()
    assert (decision.agent, decision.type, decision.outcome) == ("orchestrator", "challenge_initiated", "failed")
    assert decision.is_degraded
    assert decision.rationale == "It could not answer: OperationalError."


def test_inside_a_transaction_the_failure_goes_to_whoever_rolls_it_back(at: datetime) -> None:
    with connection.execute_wrapper(without_people), pytest.raises(AgentFailed) as failed, transaction.atomic():
        orchestrator.trigger_event(ASKED, at)
    assert isinstance(failed.value.__cause__, OperationalError)
    assert failed.value.decision.outcome == "failed"
    assert not Decision.objects.exists()


def test_the_words_of_the_error_are_not_kept(at: datetime) -> None:
    ada = person("Ada")
    record_failure(agent="helper", asked="x", actor_id=ada.pk, error=ValueError("ada@example.com"), latency_ms=3, at=at)
    assert "ada" not in str(Decision.objects.values().get())


def test_a_log_that_is_out_of_reach_hides_no_failure(at: datetime, caplog: pytest.LogCaptureFixture) -> None:
    def away(execute: object, sql: str, *_: object) -> None:
        raise OperationalError("the database system is shutting down")

    with connection.execute_wrapper(away):
        record_failure(agent="helper", asked="x", error=ValueError(), latency_ms=3, at=at)
    assert "a failure of helper is not in the decision log" in caplog.text
