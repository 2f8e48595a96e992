"""Threats 7 and 8: a frame that is too large, too deep or not JSON ends at most the socket that sent it."""

import json

import pytest

from tests.factories import person
from tests.sockets import connected, dial, in_thread, serving_in_process, until
from viral_engine.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
MATH = "subject:math"
BROKEN = [
    "{bad",
    "[" * 5000,
    "[" * 60 + "]" * 60,
    '{"topic": "subject:math"}',
    '[null, null, "t", "e", {"n": NaN}]',
    '[null, null, "t", "e", {"n": 1e999}]',
    f'[null, null, "t", "e", {{"n": {"9" * 5000}}}]',
    '[null, null, "t\\ud800", "e", {}]',
    "[1, 2, 3, 4, 5]",
    "",
    "\x00",
]


async def test_t07_a_frame_above_64_kib_closes_its_socket_and_no_other(catalogue: None) -> None:
    ada: User = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server, connected(server, ada) as [still]:
        frames: list[tuple[str | bytes, int]] = [("x" * 65_537, 1009), (b"\x00binary", 1003)]
        for message, code in frames:
            hostile = await dial(server, ada)
            await hostile.raw(message)
            assert await hostile.closed_with() == code
        await still.join(MATH)


async def test_t08_whatever_is_not_a_frame_gets_an_answer_or_the_documented_close(catalogue: None) -> None:
    ada: User = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server, connected(server, ada) as [still]:
        hostile = await dial(server, ada)
        for number, text in enumerate(BROKEN, start=1):
            await hostile.raw(text)
            await until(lambda count=number: len(hostile.frames) == count)  # type: ignore[misc]
        assert {(frame[3], frame[4]["status"]) for frame in hostile.frames} == {("phx_reply", "error")}
        for _ in range(20):
            await hostile.raw(json.dumps({"junk": 1}))
        assert await hostile.closed_with() == 4400
        await still.join(MATH)
