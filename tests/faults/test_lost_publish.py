"""A process dies between its commit and its publish; open screens get the line all the same."""

from uuid import UUID, uuid4

import pytest

from feeds.services.chat import post_message
from tests.faults.two_servers import cohort, members, staged
from tests.sockets import in_thread, until
from viral_engine.accounts.models import Cohort, User
from viral_engine.kernel.clock import now

__all__ = ["cohort", "members"]  # fixtures
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
NOTICED_S = 12  # two looks, and a drawing


def commit_only(author: User, cohort: Cohort, key: UUID, text: str) -> None:
    """Post as a process that dies after its commit: the servers have a Redis of their own, which never hears of it."""
    post_message(author=author, cohort_id=cohort.pk, text=text, key=key, at=now())


async def test_a_line_that_was_committed_and_never_published_is_read_again(members: list[User], cohort: Cohort) -> None:
    async with staged(members, cohort) as stage:
        await in_thread(lambda: commit_only(members[0], cohort, uuid4(), "nobody said so"))
        await until(lambda: stage.shows(0, "nobody said so") and stage.shows(1, "nobody said so"), NOTICED_S)
        await until(lambda: all(one.events(stage.topic, "resync") for one in stage.clients), NOTICED_S)
        assert stage.heard(0) == ["before"]
        await stage.clients[0].join(stage.topic)
        snapshot = (await stage.clients[0].hears(stage.topic, "messages", 2))[-1]["messages"]
        assert [line["text"] for line in snapshot] == ["before", "nobody said so"]


async def test_a_retry_of_a_line_that_was_never_published_reaches_everybody(
    members: list[User], cohort: Cohort
) -> None:
    key = uuid4()
    async with staged(members, cohort) as stage:
        await in_thread(lambda: commit_only(members[0], cohort, key, "say it again"))
        again = {"text": "say it again", "key": str(key)}
        assert (await stage.clients[0].push(stage.topic, "send_message", again))["number"] == 2
        await until(lambda: all(stage.heard(client) == ["before", "say it again"] for client in range(4)))


async def test_a_client_that_sees_a_gap_gets_what_it_misses(members: list[User], cohort: Cohort) -> None:
    async with staged(members, cohort) as stage:
        await stage.say(1, "second")
        [first, second] = await stage.clients[3].hears(stage.topic, "new_message", 2)
        joined = next(frame[4]["response"] for frame in stage.clients[3].frames if frame[3] == "phx_reply")
        cursor = {"epoch": joined["epoch"], "seq": first["seq"]}
        if not joined["epoch"]:  # the topic had no number yet at the join
            cursor = {"epoch": (await stage.clients[3].join(stage.topic))["epoch"], "seq": first["seq"]}
        missed = await stage.clients[3].push(stage.topic, "missed", cursor)
        assert (missed["recovered"], [one["payload"]["text"] for one in missed["events"]]) == (True, ["second"])
        assert missed["seq"] == second["seq"]
