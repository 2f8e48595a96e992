"""Each agent's calls fail, take too long or answer nonsense in turn; a learner practices and sees the result."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import TypeVar

import pytest
from django.test import Client

from loops.core.default_experiments import load_default_experiments
from loops.core.registry import LOOPS
from loops.models import Prompt
from monitoring.services import run_health_check
from tests.factories import browser, cohort_of, person
from tests.steps.practice import play
from viral_engine.kernel import circuit_breaker
from viral_engine.kernel.agent_registry import EXPERIMENTATION, ORCHESTRATOR, PERSONALIZATION, TRUST_AND_SAFETY, Agent
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Result

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
T = TypeVar("T")
DECIDING = (TRUST_AND_SAFETY, PERSONALIZATION, EXPERIMENTATION)
CALLED = [*(agent.key for agent in (ORCHESTRATOR, *DECIDING)), *(f"panels of {name}" for name in LOOPS)]


def raises(call: Callable[[], T]) -> T:
    call()
    raise RuntimeError("the agent broke after its statements")


def is_slow(call: Callable[[], T]) -> T:
    sleep(0.06)  # over the budget of each agent that decides
    return call()


def answers_nonsense(call: Callable[[], T]) -> T:
    call()
    return object()  # type: ignore[return-value]


@contextmanager
def broken(
    monkeypatch: pytest.MonkeyPatch, agent: str, fault: Callable[[Callable[[], object]], object]
) -> Iterator[None]:
    """Break every call of one agent, inside the breaker that has to hold it."""
    ask = circuit_breaker._ask

    def ask_or_break(called: str, function: Callable[[], object]) -> object:
        return ask(called, (lambda: fault(function)) if called == agent else function)

    with monkeypatch.context() as patch:
        patch.setattr(circuit_breaker, "_ask", ask_or_break)
        yield


def statuses(client: Client) -> dict[str, int]:
    """The statuses of a learner's way through one attempt and the pages after it."""
    started = client.post("/practice/start/algebra/")
    played = play(client, started.url, right=5)  # type: ignore[attr-defined]
    attempt_id = played.attempt.pk
    return {
        "start": started.status_code,
        "result": client.get(f"/results/{attempt_id}/").status_code,
        "after": client.post(f"/loops/after/{attempt_id}/").status_code,
        "ask": client.post(f"/loops/challenge/{attempt_id}/").status_code,
        "home": client.get("/").status_code,
        "rewards": client.get("/rewards/").status_code,
    }


@pytest.mark.parametrize("fault", [raises, is_slow, answers_nonsense])
@pytest.mark.parametrize("agent", CALLED)
def test_practice_goes_on_while_an_agent_fails(
    monkeypatch: pytest.MonkeyPatch, agent: str, fault: Callable[[Callable[[], object]], object]
) -> None:
    load_default_experiments()
    ada = person("Ada")
    cohort_of(ada, at=now())
    client = browser(ada)
    with broken(monkeypatch, agent, fault):
        found = statuses(client)
        check = run_health_check(at=now())
    assert found == {"start": 302, "result": 200, "after": 200, "ask": 302, "home": 200, "rewards": 200}
    assert Result.objects.get().score == 100
    assert check is not None


@pytest.mark.parametrize("fault", [raises, is_slow, answers_nonsense])
@pytest.mark.parametrize("agent", DECIDING, ids=lambda agent: agent.key)
def test_the_decision_names_the_agent_that_failed(
    monkeypatch: pytest.MonkeyPatch, agent: Agent, fault: Callable[[Callable[[], object]], object]
) -> None:
    client = browser(person("Ada"))
    with broken(monkeypatch, agent.key, fault):
        statuses(client)
    made = Decision.objects.filter(agent=ORCHESTRATOR.key, type="practice_completed").get()
    assert made.is_degraded
    assert {reason.split()[0] for reason in made.features["troubles"]} == {agent.key}
    is_unsafe = agent is TRUST_AND_SAFETY and fault is not is_slow  # without a verdict nothing is offered
    assert Prompt.objects.exists() is not is_unsafe
