"""Agents of other companies: the official client over HTTP and over stdio, against a server of ours."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from loops.models import RewardEntry
from tests.api.programs import Program, practiced
from tests.factories import child, person
from tests.servers import ROOT, Server
from tests.sockets import database_of_the_test, in_thread, serving
from viral_engine.api.rules import SCOPES
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
TOOLS = {
    "route_loop", "trigger_event", "get_decisions", "personalize", "get_recommendations", "calculate_reward",
    "get_balance", "grant_points", "check_action", "get_variant", "get_results", "get_growth", "get_headcount",
    "get_share_pack", "get_session_summary",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Server]:
    with serving() as running:
        yield running


@asynccontextmanager
async def asking(server: Server, token: str) -> AsyncIterator[Client]:
    """The official client with this key."""
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http,
        Client(streamable_http_client(f"{server.url}/mcp", http_client=http)) as client,
    ):
        yield client


def asks(server: Server, token: str, tool: str, **arguments: Any) -> tuple[bool, Any]:
    """Whether the tool refused, and its structured answer or its text."""

    async def ask() -> tuple[bool, Any]:
        async with asking(server, token) as client:
            answer = await client.call_tool(tool, arguments)
            return bool(answer.is_error), answer.structured_content or answer.content[0].text  # type: ignore[union-attr]

    return asyncio.run(ask())


def test_every_capability_is_a_typed_tool(server: Server) -> None:
    program = Program()

    async def listed() -> Any:
        async with asking(server, program.token) as client:
            return (await client.list_tools()).tools, (await client.list_prompts()).prompts

    tools, prompts = asyncio.run(listed())
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.output_schema, tool.name
        assert "call" not in tool.input_schema["properties"], tool.name
    assert {prompt.name for prompt in prompts} == {"weekly_growth_review", "explain_decision"}


def test_an_agent_tells_what_happened_and_gets_a_link_points_and_reasons(server: Server) -> None:
    program, ada = Program(), person("Ada")
    program.brings(ada)
    token = program.token
    assert asks(server, token, "trigger_event", event=practiced()) == (False, {"status": "accepted", "problem": None})
    assert asks(server, token, "trigger_event", event=practiced())[1]["status"] == "duplicate"
    refused, offer = asks(server, token, "route_loop", person="ada", loop="buddy_challenge")
    assert not refused
    assert offer["link"]["url"].startswith("http")
    granted = [
        asks(server, token, "grant_points", person="ada", points=20, reason="Read a book", key="book-1")[1]
        for _ in range(2)
    ]
    assert [one["points"] for one in granted] == [20, 20]
    assert RewardEntry.objects.filter(user=ada, reason="Read a book").count() == 1
    assert asks(server, token, "get_balance", person="ada")[1]["balances"]["points"] >= 20
    words = asks(server, token, "personalize", person="ada", loop="buddy_challenge")[1]
    assert words["language"] == "en"
    assert words["words"]["headline"]
    assert asks(server, token, "check_action", person="ada", action="send_invite")[1]["is_allowed"] is True
    recommended = asks(server, token, "get_recommendations", person="ada", subject="math")[1]["recommendations"]
    assert {"content_id", "title", "reason"} <= recommended[0].keys()
    decisions = asks(server, token, "get_decisions", person="ada")[1]["decisions"]
    assert {"orchestrator", "trust_safety"} <= {one["agent"] for one in decisions}
    logged = set(Decision.objects.filter(type__startswith="mcp_").values_list("agent", "type"))
    assert {("incentives", "mcp_grant_points"), ("personalization", "mcp_personalize")} <= logged


def test_keys_scopes_and_consent_are_asked_for_each_call(server: Server) -> None:
    narrow, wide = Program("Reader", scopes=["rewards:read"]), Program("All")
    narrow.brings(person("Ada"))
    wide.brings(child("Kim"), "kim")
    refused, text = asks(server, narrow.token, "grant_points", person="ada", points=5, reason="Hi", key="k")
    assert refused
    assert "scope_missing" in text
    assert "person_unknown" in asks(server, narrow.token, "get_balance", person="stranger")[1]
    assert "consent_missing" in asks(server, wide.token, "get_balance", person="kim")[1]
    assert asks(server, wide.token, "route_loop", person="kim", loop="nothing")[0]
    assert Decision.objects.filter(type="mcp_grant_points", rationale__contains="scope_missing").exists()
    narrow.key.revoked_at = now()
    narrow.key.save(update_fields=["revoked_at"])
    headers = {"Authorization": f"Bearer {narrow.token}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    for answer in (
        httpx.post(f"{server.url}/mcp", json=body, headers=headers),
        httpx.post(f"{server.url}/mcp", json=body),
    ):
        assert answer.status_code == 401
        assert answer.json()["code"] == "key_missing_or_invalid"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_what_is_not_there_yet_is_said_and_what_needs_nothing_is_answered(server: Server) -> None:
    program = Program()
    program.brings(person("Ada"))
    token = program.token
    assert "not_found" in asks(server, token, "get_results", experiment="no-such")[1]
    worth = asks(server, token, "calculate_reward", person="ada", action="complete_practice")[1]
    assert worth["points"] == 100
    refused, pack = asks(server, token, "get_share_pack", person="ada")
    assert not refused
    assert pack["link"] is None
    assert pack["reason"]
    summary = asks(server, token, "get_session_summary", person="ada")[1]
    assert summary == {"person": "ada", "started_at": None, "summary": None}
    assert asks(server, token, "get_growth", days=7)[1]["target"] == 1.2


def test_broken_messages_get_errors_and_leave_the_server_well(server: Server) -> None:
    program = Program()
    headers = {"Authorization": f"Bearer {program.token}", "Accept": "application/json, text/event-stream"}
    headers["Content-Type"] = "application/json"
    for body in (
        "",
        "{",
        "[]",
        "null",
        '{"jsonrpc": "2.0"}',
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "no/such"}),
    ):
        answer = httpx.post(f"{server.url}/mcp", content=body, headers=headers)
        assert 400 <= answer.status_code < 500 or "error" in answer.json(), body
    large = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x" * 2_000_000}})
    assert httpx.post(f"{server.url}/mcp", content=large, headers=headers).status_code == 413
    for arguments in ({}, {"person": "ada", "points": -1}, {"person": "x" * 5000}, {"person": "a\x00b"}):
        assert asks(server, program.token, "grant_points", **arguments)[0]
    assert asks(server, program.token, "get_headcount")[0] is False


async def test_an_assistant_asks_over_stdio() -> None:
    program = await in_thread(lambda: Program(scopes=list(SCOPES)))
    await in_thread(lambda: program.brings(person("Ada")))
    environment = os.environ | {"DATABASE_URL": await in_thread(database_of_the_test), "MCP_API_KEY": program.token}
    command = StdioServerParameters(command=sys.executable, args=["manage.py", "mcp"], cwd=str(ROOT), env=environment)
    async with Client(stdio_client(command)) as client:
        answer = await client.call_tool("get_balance", {"person": "ada"})
        assert answer.structured_content == {"person": "ada", "balances": {}, "held": {}}
        listed = await client.read_resource("agents://list")
        agents = json.loads(listed.contents[0].text)  # type: ignore[union-attr]
    assert {"orchestrator", "trust_safety"} <= {agent["key"] for agent in agents}
