"""The guard of every call over MCP: a key with its scopes, a limit, the program's own people, and a row of the log."""

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections

from viral_engine.accounts.models import User
from viral_engine.api.auth import check_key
from viral_engine.api.models import ApiKey
from viral_engine.api.problems import Refusal, unauthorized
from viral_engine.api.queries import person_of
from viral_engine.api.services.keys import find_key
from viral_engine.kernel.agent_failures import FAILED
from viral_engine.kernel.clock import now
from viral_engine.kernel.database_gate import gate, is_outage
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions

logger = logging.getLogger(__name__)
T = TypeVar("T")
# The row of a call has an agent of its own. Under the asked agent's name it would count as one of its decisions: as an
# offered loop, as its latency, as an action of the person. Decisions that the agent makes are logged as on the site.
AGENT = "mcp"
ENTRY_SCOPE = "mcp:use"

# Calls never take the threads of pages or sockets, and never more connections than this.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="mcp")


@dataclass(frozen=True, slots=True)
class Caller:
    """The program behind a connection. Over HTTP each request brings a checked key; over stdio each call checks it."""

    token: str
    key: ApiKey | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A tool or resource: its name, the agent that answers, and the scope it takes."""

    name: str
    agent: str
    scope: str


@dataclass(slots=True)
class AgentCall:
    """One call while it runs."""

    key: ApiKey
    at: datetime
    about: list[int] = field(default_factory=list)  # the person, for the log, once known

    def person(self, external_id: str) -> User:
        """The program's own person. Raises  Refusal, as the API does. 1 query, 1 more for a child."""
        user = person_of(self.key.program, external_id, self.at)
        self.about[:] = [user.pk]
        return user


caller: ContextVar[Caller] = ContextVar("caller")
_current: ContextVar[AgentCall] = ContextVar("current_call")


def current_call() -> AgentCall:
    """The call that this thread answers."""
    return _current.get()


async def in_thread(act: Callable[[], T]) -> T:
    """Run synchronous work on the pool, in the caller's context. A cancelled call stops waiting; its work ends."""
    run = partial(copy_context().run, _with_connection, act)
    return await asyncio.get_running_loop().run_in_executor(_pool, run)


def _with_connection(act: Callable[[], T]) -> T:
    try:
        return act()
    finally:
        connections.close_all()  # on PostgreSQL this returns the connection to the pool


def answer(operation: Operation, work: Callable[[], T]) -> T:
    """Do the work for the caller and log the call; call it in a thread.

    Cost    1 insert, and over stdio 1 query for the key.
    Raises  Refusal: 401, 403 and 429 for the key, 503 without the database, and those of the work.
    """
    started, at = perf_counter(), now()
    call = None
    try:
        call = AgentCall(_key_of(caller.get(), at), at)
        check_key(call.key, operation.scope)
        _current.set(call)
        found = work()
    except Refusal as refusal:
        _log(operation, call, "refused", refusal.code, started)
        raise
    except (OperationalError, InterfaceError) as error:
        if not is_outage(error):
            _log(operation, call, FAILED, type(error).__name__, started)
            raise
        gate.report()
        raise Refusal(503, "unavailable") from error
    except Exception as error:
        _log(operation, call, FAILED, type(error).__name__, started)
        raise
    _log(operation, call, "answered", "It may.", started)
    return found


def _key_of(who: Caller, at: datetime) -> ApiKey:
    if who.key is not None:
        return who.key
    key = find_key(who.token, at)
    if key is None:
        raise unauthorized()
    check_key(key, ENTRY_SCOPE, counts=True)
    return key


def _log(operation: Operation, call: AgentCall | None, outcome: str, reason: str, started: float) -> None:
    """Log one call of a known key; a guess of a key leaves no row, as over HTTP."""
    if call is None:
        return
    row = Decision(
        agent=AGENT,
        actor_id=call.about[0] if call.about else None,
        type=operation.name,
        outcome=outcome,
        rationale=f"{call.key.program.name} asked {operation.agent} with the key {call.key.prefix}: {reason}",
        features={"agent": operation.agent, "scope": operation.scope, "key": call.key.prefix},
        is_degraded=outcome == FAILED,
        latency_ms=(perf_counter() - started) * 1000,
        decided_at=call.at,
    )
    record_decisions(row)


def problem_text(refusal: Refusal) -> str:
    """The problem of the API as JSON: agents read the same codes as programs."""
    return json.dumps(refusal.body())
