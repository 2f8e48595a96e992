"""The tools of each agent. A tool is a plain function; `agent_tool` guards it and lists it for the server."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, wraps
from inspect import signature
from typing import Annotated, Any, ParamSpec, TypeVar

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import AfterValidator, Field

from viral_engine.api.problems import Refusal
from viral_engine.api.schemas.base import ExternalId, storable
from viral_engine.kernel.agent_registry import Agent
from viral_engine.mcp_server.calls import Operation, answer, in_thread, problem_text

P = ParamSpec("P")
R = TypeVar("R")

Person = Annotated[ExternalId, Field(description="Your id of the person, as in the HTTP API.")]
Loop = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$", description="The name of a loop, such as buddy_challenge.")]
OnceKey = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9._:-]{1,60}$", description="Your id of this request: repeating it changes nothing."),
]
Reason = Annotated[
    str, Field(min_length=1, max_length=80, description="Shown to the person."), AfterValidator(storable)
]


def one_of(names: Iterable[str]) -> Any:
    """The annotation of a text that is one of these names."""
    known = sorted(names)
    return Field(pattern=f"^({'|'.join(known)})$", json_schema_extra={"enum": list(known)})


@dataclass(frozen=True, slots=True)
class AgentTool:
    """A tool as the server lists it."""

    function: Callable[..., Any]
    name: str
    title: str
    is_read_only: bool

    @property
    def arguments(self) -> frozenset[str]:
        return frozenset(signature(self.function).parameters)


TOOLS: list[AgentTool] = []


def agent_tool(
    agent: Agent, scope: str, title: str, *, is_read_only: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """List a function as a tool of the agent that takes this scope; its refusals become errors of the tool."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        operation = Operation(function.__name__, agent.key, scope)

        @wraps(function)
        async def called(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return await in_thread(partial(answer, operation, partial(function, *args, **kwargs)))
            except Refusal as refusal:
                raise ToolError(problem_text(refusal)) from refusal

        TOOLS.append(AgentTool(called, function.__name__, f"{agent.title}: {title}", is_read_only))
        return function

    return decorate
