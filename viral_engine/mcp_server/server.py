"""The MCP server as one object: tools, resources and prompts."""

from functools import cache
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.prompts.base import Prompt
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, ToolAnnotations

from viral_engine.mcp_server.prompts import PROMPTS
from viral_engine.mcp_server.resources import RESOURCES
from viral_engine.mcp_server.tools import TOOLS, economy, experimentation, orchestration, people

NAME = "viral-growth-engine"
VERSION = "1.0.0"
MODULES = (orchestration, economy, people, experimentation)  # each lists its tools when it is imported
ARGUMENTS = {tool.name: tool.arguments for tool in TOOLS}
INSTRUCTIONS = (
    "Agents of a tutoring site. `person` is your own id of a person, as in the HTTP API. An error's text is a problem "
    "as JSON: `code` is stable. Children under 13 need a parent's consent; without it nothing about them is answered."
)


@cache
def agents_server() -> MCPServer[Any]:
    """The server of this process; it keeps no sessions."""
    server: MCPServer[Any] = MCPServer(
        NAME,
        title="Viral growth engine",
        version=VERSION,
        instructions=INSTRUCTIONS,
        subscriptions=False,
        middleware=[refuse_unknown_arguments],
    )
    for tool in TOOLS:
        hints = ToolAnnotations(read_only_hint=tool.is_read_only, destructive_hint=False, open_world_hint=False)
        server.add_tool(tool.function, name=tool.name, title=tool.title, annotations=hints)
    for one in RESOURCES:
        server.resource(one.uri, name=one.name, mime_type="application/json")(one.function)
    for function in PROMPTS:
        server.add_prompt(Prompt.from_function(function))
    return server


async def refuse_unknown_arguments(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse an argument that the tool does not have: it is a misspelled one, and the SDK would leave it out."""
    params = ctx.params if isinstance(ctx.params, dict) else {}
    given = params.get("arguments")
    tool = ARGUMENTS.get(str(params.get("name"))) if ctx.method == "tools/call" else None
    if tool is not None and isinstance(given, dict):
        unknown = sorted(str(name)[:40] for name in given if name not in tool)
        if unknown:
            raise MCPError(code=INVALID_PARAMS, message=f"Unknown arguments: {', '.join(unknown[:5])}.")
    return await call_next(ctx)
