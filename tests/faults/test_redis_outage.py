"""Redis dies, hangs and loses its data under two web processes; nobody misses a line of the chat for good."""

import asyncio
from collections.abc import Callable

import pytest

from tests.faults.stage import Store, staged
from tests.sockets import in_thread, until
from viral_engine.accounts.models import Cohort, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
OWN_S, RETURN_S, POLL_S = 10, 5, 8  # in the own process, elsewhere after the return, on a page meanwhile


@pytest.mark.parametrize(("stop", "go_on"), [(Store.kill, Store.start), (Store.hang, Store.go_on)])
async def test_lines_said_while_redis_is_away_are_heard_here_at_once_and_everywhere_after(
    members: list[User], cohort: Cohort, stop: Callable[[Store], None], go_on: Callable[[Store], None]
) -> None:
    async with staged(members, cohort) as stage:
        await in_thread(lambda: stop(stage.store))
        await asyncio.gather(stage.say(0, "from the first"), stage.say(2, "from the second"))
        await until(lambda: "from the first" in stage.heard(1), OWN_S)
        await until(lambda: "from the second" in stage.heard(3), OWN_S)
        await until(lambda: stage.shows(0, "from the second") and stage.shows(1, "from the first"), POLL_S)
        assert "from the first" not in stage.heard(3)
        assert {stage.delays(client)[-1] for client in range(4)} == {True}
        await in_thread(lambda: go_on(stage.store))
        every = ["before", "from the first", "from the second"]
        await until(lambda: all(sorted(stage.heard(client)) == every for client in range(4)), RETURN_S)
        await until(lambda: all(stage.delays(client)[-1] is False for client in range(4)), RETURN_S)
        await until(lambda: all(one.events(stage.topic, "resync") for one in stage.clients), RETURN_S)
        await stage.say(1, "after")
        await until(lambda: all(stage.heard(client)[-1] == "after" for client in range(4)))
        assert [sorted(stage.heard(client)) for client in range(4)] == [["after", *every]] * 4  # nothing twice
