"""The MCP server: the agents' tools, resources to read, and prompts for a growth analyst."""

import json
from dataclasses import asdict
from functools import cache

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from loops.core.queries import copy_kit
from viral_engine.api.auth import require_scope
from viral_engine.api.mcp import tools
from viral_engine.api.mcp.calls import TOOLS, find_caller, run_in_thread
from viral_engine.api.problems import Refusal
from viral_engine.kernel.agent_registry import AGENTS

INSTRUCTIONS = (
    "The agents of a tutoring site that grows by its learners' invitations. Name people by your own ids, as brought by "
    "the HTTP API. A refusal names its code. Children under 13 need a parent's consent, also for what is read."
)


@cache
def build_server() -> MCPServer:
    """The server with everything registered, once in a process."""
    server = MCPServer("viral-growth-engine", title="Viral growth engine", instructions=INSTRUCTIONS, version="1.0.0")
    for tool in TOOLS.values():
        server.add_tool(tool.as_function(), name=tool.name, description=tool.description, structured_output=True)
    server.resource("agents://list", mime_type="application/json")(agents)
    server.resource("copy-kit://loops", mime_type="application/json")(copy_of_loops)
    server.prompt()(weekly_growth_review)
    server.prompt()(explain_decision)
    return server


# -- Resources ---------------------------------------------------------------------------------------------
async def agents() -> str:
    """The agents of the site, the time each may take, and the tools that ask it."""
    await _require("agents:ask")
    return json.dumps(
        [
            asdict(agent) | {"tools": [tool.name for tool in TOOLS.values() if tool.agent is agent]}
            for agent in AGENTS.values()
        ]
    )


async def copy_of_loops() -> str:
    """The words of every loop, by language and variant."""
    await _require("agents:ask")
    kits = await run_in_thread(copy_kit)
    return json.dumps(
        {
            kit.loop.name: [
                {"language": sample.language, "variant": sample.variant} | asdict(sample.copy) for sample in kit.samples
            ]
            for kit in kits
        }
    )


async def _require(scope: str) -> None:
    try:
        require_scope(await run_in_thread(find_caller.get()), scope)
    except Refusal as refusal:
        raise ToolError(f"{refusal.code}: {refusal.body()['detail']}") from refusal


# -- Prompts -----------------------------------------------------------------------------------------------
def weekly_growth_review(days: str = "7") -> str:
    """Review the week of a growth analyst: K by loop, what moved it, and what to try next."""
    return (
        f"Call {tools.get_growth.__name__} with days={days}. For each loop give K with its interval and the read-out, "
        "and say which of the two factors (invites a referrer, referees an invite) holds it back. Call "
        f"{tools.get_results.__name__} for the experiments that ran. Claim nothing that an interval does not show, "
        "and end with at most three things to try."
    )


def explain_decision(person: str) -> str:
    """Explain to support staff why a person was offered what they were offered."""
    return (
        f"Call {tools.get_decisions.__name__} with person={person}. Explain the newest offer in two sentences that a "
        "parent understands: which loop, and why now. Mention a refusal by trust and safety, and degraded decisions."
    )
