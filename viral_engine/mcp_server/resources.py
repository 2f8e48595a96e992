"""Resources: the decision log of a person, the numbers of the dashboards, experiments and the copy kit, as JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial, wraps
from typing import Any, ParamSpec

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from loops.core.queries import copy_kit
from loops.events import InviteSent
from monitoring.growth.rules.counting import day_of
from viral_engine.api.problems import Refusal
from viral_engine.api.routes.facts import decision_reply
from viral_engine.api.routes.site_numbers import counts_of, k_of, results_of
from viral_engine.api.schemas.reads import DecisionList
from viral_engine.kernel.agent_registry import ATTRIBUTION, EXPERIMENTATION, ORCHESTRATOR, PERSONALIZATION, Agent
from viral_engine.kernel.models import Decision
from viral_engine.mcp_server.calls import Operation, answer, current_call, in_thread, problem_text

P = ParamSpec("P")
NOT_FOUND = 404
MAX_DECISIONS = 50
DAYS = 28
FUNNEL = ("active", InviteSent.type, "joined")


@dataclass(frozen=True, slots=True)
class AgentResource:
    """A resource as the server lists it."""

    uri: str
    function: Callable[..., Any]
    name: str


RESOURCES: list[AgentResource] = []


def agent_resource(uri: str, agent: Agent, scope: str) -> Callable[[Callable[P, str]], Callable[P, str]]:
    """List a function as a resource that takes this scope."""

    def decorate(function: Callable[P, str]) -> Callable[P, str]:
        operation = Operation(function.__name__, agent.key, scope)

        @wraps(function)
        async def read(*args: P.args, **kwargs: P.kwargs) -> str:
            try:
                return await in_thread(partial(answer, operation, partial(function, *args, **kwargs)))
            except Refusal as refusal:
                kind = ResourceNotFoundError if refusal.status == NOT_FOUND else ResourceError
                raise kind(problem_text(refusal)) from refusal

        RESOURCES.append(AgentResource(uri, read, function.__name__))
        return function

    return decorate


@agent_resource("viral://people/{person}/decisions", ORCHESTRATOR, "decisions:read")
def decision_log(person: str) -> str:
    """The newest decisions of agents about a person, with their reasons."""
    user = current_call().person(person)
    rows = Decision.objects.filter(actor_id=user.pk).order_by("-pk")[:MAX_DECISIONS]
    return DecisionList(decisions=[decision_reply(one) for one in rows]).model_dump_json()


@agent_resource("viral://growth/k", ATTRIBUTION, "growth:read")
def k_factor() -> str:
    """K by loop of the newest mature week, with its interval and read-out."""
    return k_of(7, "mature", current_call().at).model_dump_json()


@agent_resource("viral://growth/counts", ATTRIBUTION, "growth:read")
def growth_counts() -> str:
    """Daily active learners, invites and sign-ups of the last four weeks, by loop."""
    today = day_of(current_call().at)
    return counts_of(FUNNEL, today - timedelta(days=DAYS), today).model_dump_json()


@agent_resource("viral://experiments/{experiment}", EXPERIMENTATION, "experiments:read")
def experiment_results(experiment: str) -> str:
    """The results of an experiment's latest phase."""
    return results_of(experiment, current_call().at).model_dump_json()


@agent_resource("viral://copy-kit", PERSONALIZATION, "links:read")
def copy_templates() -> str:
    """Every template of every loop, filled in with sample facts."""
    kits = [
        {"loop": kit.loop.name, "persona": kit.persona, "samples": [asdict(sample) for sample in kit.samples]}
        for kit in copy_kit()
    ]
    return json.dumps({"loops": kits})
