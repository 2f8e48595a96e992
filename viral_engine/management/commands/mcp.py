"""MCP over stdio, for an assistant on the same machine. The API key comes from MCP_API_KEY."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from viral_engine.api.auth import check_key
from viral_engine.api.mcp.calls import find_caller
from viral_engine.api.mcp.server import build_server
from viral_engine.api.models import ApiKey
from viral_engine.api.problems import Refusal


class Command(BaseCommand):
    help = "Serve the agents' tools over stdio (MCP). Set MCP_API_KEY to a key made in the admin."

    def handle(self, *_: Any, **__: Any) -> None:
        token = os.environ.get("MCP_API_KEY", "")

        def caller() -> ApiKey:
            return check_key(token, address="stdio")

        try:
            caller()
        except Refusal as refusal:
            raise CommandError(f"MCP_API_KEY: {refusal.body()['detail']}") from refusal
        find_caller.set(caller)  # asked again with every call: a key may be revoked meanwhile
        build_server().run("stdio")
