"""One call of a tool: who asks, whether they may, and its row in the decision log."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from django.db import Error, connections, transaction
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel

from viral_engine.accounts.models import User
from viral_engine.api.auth import require_scope
from viral_engine.api.models import ApiKey, ApiProgram
from viral_engine.api.problems import Refusal
from viral_engine.api.queries import person_of
from viral_engine.api.rules import SCOPES
from viral_engine.kernel.agent_failures import AgentFailed, store_failure
from viral_engine.kernel.agent_registry import Agent
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions

V = TypeVar("V")
UNAVAILABLE = "unavailable: The site cannot answer right now; try again."
logger = logging.getLogger(__name__)
find_caller: ContextVar[Callable[[], ApiKey]] = ContextVar("find_caller")  # checks the key again; raises Refusal


# Apart from the pages' and the sockets' threads: a slow agent keeps only others of its kind waiting.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="mcp")


async def run_in_thread(act: Callable[[], V]) -> V:
    """Run synchronous database work on a bounded pool of threads."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _with_connection, act)


def _with_connection(act: Callable[[], V]) -> V:
    try:
        return act()
    finally:
        connections.close_all()  # on PostgreSQL this returns the connection to the pool


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The facts that a tool works with. `user` is the person whom the argument `person` names."""

    program: ApiProgram
    at: datetime
    person: User | None = None

    @property
    def user(self) -> User:
        assert self.person is not None  # noqa: S101  (a tool that reads it takes `person`)
        return self.person


Work = Callable[..., BaseModel]


@dataclass(frozen=True, slots=True)
class Tool:
    """A capability of an agent. `work` is synchronous; its first argument is the call, the others are the schema."""

    agent: Agent
    scope: str
    work: Work

    @property
    def name(self) -> str:
        return self.work.__name__

    @property
    def description(self) -> str:
        return f"{inspect.getdoc(self.work)} Agent: {self.agent.title}. Scope: {self.scope}."

    def as_function(self) -> Callable[..., Awaitable[BaseModel]]:
        """The tool as the SDK takes it: asynchronous, with the signature that its schema is made from."""

        async def call(**arguments: Any) -> BaseModel:
            return await run_in_thread(partial(self.answer, find_caller.get(), arguments))

        shown = inspect.signature(self.work)
        own = list(shown.parameters.values())[1:]
        vars(call)["__signature__"] = shown.replace(parameters=own)
        call.__annotations__ = {one.name: one.annotation for one in own} | {"return": shown.return_annotation}
        call.__name__ = self.name
        return call

    def answer(self, key: Callable[[], ApiKey], arguments: dict[str, Any]) -> BaseModel:
        """Run the call. Cost  2 statements and the work's own, 1 more with a person.

        Raises  ToolError with the code and text of the refusal, as in docs/api.md.
        """
        started, at = perf_counter(), now()
        # "none" and no person: dashboards count offers, caps what a person did. The agent's own row says both.
        row = Decision(agent=self.agent.key, type=f"mcp_{self.name}", outcome="none", decided_at=at)
        row.rationale = "Asked over MCP: answered."
        try:
            answer = self._work(key(), row, arguments)
        except Refusal as refusal:
            row.rationale = f"Asked over MCP: refused, {refusal.code}."
            _log(row, started)
            raise ToolError(f"{refusal.code}: {refusal.body()['detail']}") from refusal
        except AgentFailed as failed:
            store_failure(failed.decision)
            row.rationale, row.is_degraded = "Asked over MCP: failed.", True
            _log(row, started)
            raise ToolError(UNAVAILABLE) from failed
        except Error as error:  # the decision log is in the database that failed
            logger.warning("mcp_tool_failed", exc_info=True)
            raise ToolError(UNAVAILABLE) from error
        _log(row, started)
        return answer

    def _work(self, key: ApiKey, row: Decision, arguments: dict[str, Any]) -> BaseModel:
        row.features = {"program": key.program.name, "key": key.prefix}
        require_scope(key, self.scope)
        person = person_of(key.program, arguments["person"], row.decided_at) if "person" in arguments else None
        with transaction.atomic():
            return self.work(ToolCall(key.program, row.decided_at, person), **arguments)


def _log(row: Decision, started: float) -> None:
    row.latency_ms = (perf_counter() - started) * 1000
    record_decisions(row)


TOOLS: dict[str, Tool] = {}


def agent_tool(agent: Agent, scope: str) -> Callable[[Work], Work]:
    """Offer the function as a tool of the agent to keys with this scope."""
    assert scope in SCOPES  # noqa: S101  (a scope is written in code)

    def register(work: Work) -> Work:
        TOOLS[work.__name__] = Tool(agent, scope, work)
        return work

    return register
