"""Other companies' agents use the site over MCP: the official client, HTTP and stdio, a running server."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.servers import ROOT, Site

SETUP = """
from tests.api.programs import Program
from tests.factories import child, person, practice
from viral_engine.api.rules import SCOPES
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
everything = Program("Agents")
narrow = Program("Agents", scopes=["mcp:use", "results:read"])
outside = Program("Agents", scopes=[one for one in SCOPES if one != "mcp:use"])
hasty = Program("Agents", per_minute=3)
ada = everything.brings(person("Ada Agent"), "ada")
everything.brings(child("Cy Agent"), "cy")
practice(ada, Skill.objects.get(slug="algebra"), right=5, at=now())
person("Bo Stranger")
print(everything.token, narrow.token, outside.token, hasty.token)
"""
LAST_CALLS = """
from viral_engine.kernel.models import Decision
for row in Decision.objects.filter(agent="mcp", type="{tool}").order_by("pk"):
    print(row.outcome, row.features["agent"], row.rationale.split()[0], row.actor_id is not None)
"""


@pytest.fixture(scope="module")
def keys(site: Site) -> dict[str, str]:
    return dict(zip(("everything", "narrow", "outside", "hasty"), site.ask(SETUP).split(), strict=True))


@asynccontextmanager
async def connected(site: Site, token: str, **options: Any) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http,
        Client(streamable_http_client(f"{site.url}/mcp", http_client=http), **options) as client,
    ):
        yield client


async def problem_of(client: Client, tool: str, arguments: dict[str, Any]) -> tuple[int, str]:
    """Status and code of a refused call."""
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    problem = json.loads(answer.content[0].text.partition(": ")[2])  # type: ignore[union-attr]
    return problem["status"], problem["code"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_agent_finds_tools_resources_and_prompts(site: Site, keys: dict[str, str], mode: str) -> None:
    async with connected(site, keys["everything"], mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert len(tools) == 17
        assert all(tool.output_schema and tool.description and tool.title for tool in tools.values())
        assert tools["grant_reward"].input_schema["required"] == ["person", "kind", "amount", "reason", "key"]
        assert tools["grant_reward"].annotations.read_only_hint is False  # type: ignore[union-attr]
        assert {str(one.uri) for one in (await client.list_resources()).resources} == {
            "viral://copy-kit",
            "viral://growth/counts",
            "viral://growth/k",
        }
        assert len((await client.list_resource_templates()).resource_templates) == 2
        assert {one.name for one in (await client.list_prompts()).prompts} == {
            "explain_decisions",
            "read_experiment",
            "weekly_growth_review",
        }
        asked = await client.get_prompt("explain_decisions", {"person": "ada"})
        assert "viral://people/ada/decisions" in asked.messages[0].content.text  # type: ignore[union-attr]


CALLS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("trigger_event", {"person": "ada", "event": "practice_completed"}, {"action", "loop", "rationale", "link"}),
    ("route_loop", {"person": "ada", "loop": "buddy_challenge"}, {"action", "rationale", "message"}),
    ("personalize", {"person": "ada", "loop": "buddy_challenge", "subject": "math"}, {"copy", "is_degraded"}),
    ("get_recommendations", {"person": "ada", "subject": "math"}, {"recommendations"}),
    ("calculate_reward", {"person": "ada", "action": "complete_practice"}, {"points", "reason"}),
    ("get_balance", {"person": "ada"}, {"balances", "held"}),
    ("check_action", {"person": "ada", "action": "send_invite"}, {"is_allowed", "outcome"}),
    ("get_presence", {"subject": "math"}, {"subject", "people", "practicing"}),
    ("get_nudges", {"person": "ada"}, {"nudges"}),
    ("get_variant", {"person": "ada", "experiment": "reward_amounts"}, {"arm", "is_enrolled"}),
]


async def test_each_agent_answers_with_structure(site: Site, keys: dict[str, str]) -> None:
    async with connected(site, keys["everything"]) as client:
        for tool, arguments, members in CALLS:
            answer = await client.call_tool(tool, arguments)
            assert not answer.is_error, (tool, answer.content)
            assert members <= (answer.structured_content or {}).keys(), tool
        worth = await client.call_tool("calculate_reward", {"person": "ada", "action": "complete_practice"})
        assert worth.structured_content is not None
        assert worth.structured_content["points"] == 100
        for uri in ("viral://growth/k", "viral://growth/counts", "viral://copy-kit", "viral://people/ada/decisions"):
            read = await client.read_resource(uri)
            assert json.loads(read.contents[0].text), uri  # type: ignore[union-attr]
    assert site.ask(LAST_CALLS.format(tool="check_action")) == "answered trust_safety Agents True"
    assert "answered orchestrator Agents True" in site.ask(LAST_CALLS.format(tool="decision_log"))


async def test_a_grant_is_made_once_and_taken_back(site: Site, keys: dict[str, str]) -> None:
    grant = {"person": "ada", "kind": "streak_shield", "amount": 1, "reason": "A week of practice", "key": "g-1"}
    async with connected(site, keys["everything"]) as client:
        first, again = [(await client.call_tool("grant_reward", grant)).structured_content for _ in range(2)]
        assert first is not None
        assert first == again
        assert (first["amount"], first["left"]) == (1, 1)
        assert await problem_of(client, "grant_reward", grant | {"amount": 2}) == (409, "idempotency_key_reused")
        assert await problem_of(client, "grant_reward", grant | {"amount": 9, "key": "g-2"}) == (409, "reward_refused")
        spend = grant | {"amount": 2, "key": "u-1", "reason": "Used"}
        assert await problem_of(client, "redeem_reward", spend) == (409, "reward_refused")
        back = {"person": "ada", "key": "g-1", "reason": "By mistake"}
        reversals = [(await client.call_tool("revoke_reward", back)).structured_content for _ in range(2)]
        assert reversals[0] == reversals[1]
        assert reversals[0]["reversal"]["amount"] == -1
        assert await problem_of(client, "revoke_reward", back | {"key": "g-9"}) == (404, "not_found")


async def test_a_call_needs_scope_consent_and_a_person_of_the_program(site: Site, keys: dict[str, str]) -> None:
    async with connected(site, keys["narrow"]) as client:
        assert await problem_of(client, "get_balance", {"person": "ada"}) == (403, "scope_missing")
        with pytest.raises(MCPError, match="scope_missing"):
            await client.read_resource("viral://growth/k")
        ask = {"subject": "math"}
        assert not (await client.call_tool("get_recommendations", ask | {"person": "ada"})).is_error
        assert await problem_of(client, "get_recommendations", ask | {"person": "bo"}) == (404, "person_unknown")
        assert await problem_of(client, "get_recommendations", ask | {"person": "cy"}) == (403, "consent_missing")
    assert site.ask(LAST_CALLS.format(tool="get_balance")).splitlines()[-1] == "refused incentives Agents False"


async def test_wrong_arguments_are_named(site: Site, keys: dict[str, str]) -> None:
    async with connected(site, keys["everything"]) as client:
        for arguments in ({"person": "a b"}, {"person": 7}, {}, {"person": "x" * 121}):
            answer = await client.call_tool("get_balance", arguments)
            assert answer.is_error
            assert "person" in answer.content[0].text  # type: ignore[union-attr]
        with pytest.raises(MCPError, match="Unknown arguments: persn"):
            await client.call_tool("get_balance", {"person": "ada", "persn": "bo"})
        assert (await client.call_tool("no_such_tool", {})).is_error


def test_the_door_takes_keys_and_small_json_alone(site: Site, keys: dict[str, str]) -> None:
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    kinds = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}

    def post(token: str, body: Any = None, **headers: str) -> httpx2.Response:
        content = json.dumps(ask) if body is None else body
        more = {"Authorization": f"Bearer {token}"} | kinds | headers
        return httpx2.post(f"{site.url}/mcp", content=content, headers=more)

    allowed = post(keys["everything"])
    assert (allowed.status_code, len(allowed.json()["result"]["tools"])) == (200, 17)
    assert allowed.headers["Cache-Control"] == "no-store"
    refused = post("vge_wrong")
    assert (refused.status_code, refused.json()["code"]) == (401, "key_missing_or_invalid")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert post(keys["outside"]).json()["code"] == "scope_missing"
    assert post(keys["everything"], Origin="https://elsewhere.example").status_code == 403
    assert post(keys["everything"], "{").status_code == 400
    assert post(keys["everything"], '{"jsonrpc": "1.0"}').status_code == 400
    assert post(keys["everything"], " " * (1024 * 1024 + 1)).status_code == 413
    assert httpx2.get(f"{site.url}/mcp", headers={"Authorization": f"Bearer {keys['everything']}"}).status_code == 405
    codes = [post(keys["hasty"]).status_code for _ in range(8)]  # of 3 a minute, perhaps in two minutes
    assert codes[0] == 200
    assert 429 in codes


async def test_stdio_serves_the_same_tools_and_needs_a_key(site: Site, keys: dict[str, str]) -> None:
    environment = site.environment | {"MCP_KEY": keys["narrow"]}
    command = StdioServerParameters(command=sys.executable, args=["manage.py", "mcp"], env=environment, cwd=ROOT)
    async with Client(stdio_client(command)) as client:
        assert len((await client.list_tools()).tools) == 17
        assert not (await client.call_tool("get_recommendations", {"person": "ada", "subject": "math"})).is_error
        assert await problem_of(client, "get_balance", {"person": "ada"}) == (403, "scope_missing")
