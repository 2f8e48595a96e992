import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from viral_engine.api.rules import is_token
from viral_engine.mcp_server.calls import Caller, caller


class Command(BaseCommand):
    help = "Serve the MCP tools over standard input and output, with the key in MCP_KEY. Logs go to standard error."

    def handle(self, *_: Any, **__: Any) -> None:
        token = os.environ.get("MCP_KEY", "")
        if not is_token(token):
            raise CommandError("Set MCP_KEY to a key with the scope mcp:use. Staff make keys in the admin (HTTP API).")
        from viral_engine.mcp_server.server import agents_server  # half a second of imports

        caller.set(Caller(token))
        agents_server().run("stdio")
