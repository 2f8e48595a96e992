"""The unmodified client of the Phoenix project, in node, against a real server."""

import asyncio
import json
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from presence.tokens import token_for
from tests.factories import befriend, person
from tests.servers import Server, free_port
from tests.sockets import dial, in_thread, serving
from viral_engine.accounts.models import User

HERE = Path(__file__).parent
VERSIONS = ("1.7.21", "1.8.1", "1.8.15", "1.8.16")

pytestmark = pytest.mark.django_db(transaction=True)


class Scenario:
    """The program in node, a line at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def reaches(self, step: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        assert line, await self._last_words()
        found: dict[str, Any] = json.loads(line)
        assert found["step"] == step
        return found

    async def _last_words(self) -> str:
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")


async def listing_of(server: Server, eve: User) -> dict[str, list[str]]:
    """The people in the room, as the server reports them to a new member, without that member."""
    client = await dial(server, eve)
    await client.join("subject:math")
    await client.hears("subject:math", "presence_state")
    people = client.people["subject:math"]
    await client.leave("subject:math")
    await client.socket.close()
    return {key: sorted(meta["phx_ref"] for meta in metas) for key, metas in people.items() if int(key) != eve.pk}


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_unmodified_client_works(version: str, npm_packages: Path, catalogue: None) -> None:
    ada, bo, eve = await in_thread(lambda: (person("Ada"), person("Bo"), person("Eve", presence_visible=False)))
    await in_thread(lambda: befriend(ada, bo, eve))
    at, port = datetime.now(UTC), free_port()
    tokens = [token_for(ada, at), token_for(bo, at)]
    with serving(port=port) as first:
        process = await asyncio.create_subprocess_exec(
            "node", "scenario.mjs", version, first.url, *tokens, str(bo.pk),
            cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        scenario = Scenario(process)
        for step in ("join", "refused", "push"):
            await scenario.reaches(step)
        found = await scenario.reaches("tabs")
        assert found["list"] == await listing_of(first, eve)
        for step in ("duplicate", "leave", "restart"):
            await scenario.reaches(step)
        first.signal(signal.SIGTERM)
        await asyncio.to_thread(first.process.wait, 20)
    with serving(port=port) as second:
        scenario.go_on()
        found = await scenario.reaches("rejoined")
        assert found["list"] == await listing_of(second, eve)
        assert set(found["list"]) == {str(ada.pk), str(bo.pk)}
        scenario.go_on()
        if version.startswith("1.8"):
            await scenario.reaches("auth_token")
        await scenario.reaches("done")
        assert await process.wait() == 0
