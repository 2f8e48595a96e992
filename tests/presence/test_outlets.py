"""The ways out, over a real transport of the server's own event loop."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop

from presence import rules
from presence.transport.frames import close_frame, text_frame
from presence.transport.hub import Hub
from presence.transport.outlets import DirectOutlet, PreparedMessage, QueuedOutlet
from tests.presence.clients import Reader


async def never_sent(_: object) -> None: ...


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.WriteTransport, socket.socket]]:
    """A server-side transport, and the client's end of it."""
    ours, theirs = socket.socketpair()
    transport, _ = await asyncio.get_running_loop().create_unix_connection(asyncio.Protocol, sock=ours)
    with theirs:
        theirs.settimeout(2)
        yield transport, theirs
        transport.abort()
        await asyncio.sleep(0.05)


def test_a_member_whose_socket_has_just_closed_does_not_keep_the_message_from_the_next() -> None:
    async def scenario() -> bytes:
        async with connection() as (closed, _), connection() as (open_one, client):
            closed.abort()
            await asyncio.sleep(0.05)
            gone, here = Reader(), Reader()
            members = {gone: DirectOutlet(closed, never_sent), here: DirectOutlet(open_one, never_sent)}
            Hub(lambda _: None).send(members, PreparedMessage("hello"))
            assert members[gone].put(PreparedMessage("hello"))
            assert members[gone].sweep(0.0)
            members[gone].cut(rules.SLOW)
            assert not gone.was_cut
            await asyncio.sleep(0.05)
            return client.recv(100)

    assert uvloop.run(scenario()) == text_frame("hello")


def test_a_reader_who_does_not_read_is_cut_at_a_mebibyte_and_skips_what_may_be_skipped() -> None:
    async def scenario() -> None:
        async with connection() as (transport, _):
            outlet = DirectOutlet(transport, never_sent)
            filling = PreparedMessage("x" * 50_000)
            while transport.get_write_buffer_size() <= rules.CONGESTED:
                assert outlet.put(filling)  # the kernel takes some megabytes first
            waiting = transport.get_write_buffer_size()
            for delivery in ("drop", "latest"):
                assert outlet.put(PreparedMessage("y" * 1000, delivery, "stats"))
            assert transport.get_write_buffer_size() == waiting
            puts = 0
            while outlet.put(filling):
                puts += 1
            assert puts <= rules.FULL // 50_000 + 1
            assert transport.get_write_buffer_size() < rules.FULL + 2 * 50_010

    uvloop.run(scenario())


def test_a_client_that_stays_congested_is_cut_by_the_sweep() -> None:
    async def scenario() -> None:
        async with connection() as (transport, _):
            outlet = DirectOutlet(transport, never_sent)
            while transport.get_write_buffer_size() <= rules.CONGESTED:
                outlet.put(PreparedMessage("x" * 50_000))
            assert outlet.sweep(100.0)
            assert outlet.sweep(107.0)
            assert not outlet.sweep(108.0)

    uvloop.run(scenario())


def test_the_latest_of_a_kind_never_goes_out_before_an_older_one() -> None:
    async def scenario() -> list[str]:
        async with connection() as (transport, client):
            outlet, member = DirectOutlet(transport, never_sent), Reader()
            while transport.get_write_buffer_size() <= rules.CONGESTED:
                outlet.put(PreparedMessage("x" * 50_000))
            for kind in ("stats", "heads"):
                outlet.put(PreparedMessage(f"old {kind}", "latest", kind))
            client.setblocking(False)  # noqa: FBT003
            received = await _read_all(client)
            Hub(lambda _: None).send({member: outlet}, PreparedMessage("new stats", "latest", "stats"))
            outlet.put(PreparedMessage("new heads", "latest", "heads"))
            assert outlet.sweep(0.0)
            outlet.put(PreparedMessage("newest stats", "latest", "stats"))
            received += await _read_all(client)
            return [part.decode("latin-1") for part in received.replace(b"x", b"").split(b"\x81")[1:]]

    async def _read_all(client: socket.socket) -> bytes:
        found = b""
        while True:
            await asyncio.sleep(0.02)
            try:
                found += client.recv(1 << 22)
            except BlockingIOError:
                return found

    delivered = uvloop.run(scenario())
    assert [text[1:] for text in delivered if "stats" in text] == ["new stats", "newest stats"]
    assert [text[1:] for text in delivered if "heads" in text] == ["new heads"]


def test_a_queue_keeps_the_newest_of_its_kind_sends_in_order_and_closes_last() -> None:
    async def scenario() -> list[object]:
        sent: list[object] = []
        gate = asyncio.Event()

        async def send(message: dict[str, object]) -> None:
            await gate.wait()
            sent.append(message.get("text", message.get("code")))

        outlet = QueuedOutlet(send)
        assert outlet.put(PreparedMessage("first"))
        await asyncio.sleep(0)
        assert outlet.put(PreparedMessage("x" * rules.CONGESTED + "x"))
        for text in ("stats 1", "stats 2"):
            assert outlet.put(PreparedMessage(text, "latest", "stats"))
        assert outlet.put(PreparedMessage("typing", "drop"))
        closing = asyncio.create_task(outlet.close(1001))
        gate.set()
        await closing
        return [text if isinstance(text, int) or len(str(text)) < 20 else "long" for text in sent]

    assert asyncio.run(scenario()) == ["first", "long", "stats 2", 1001]


def test_a_queue_that_is_full_asks_to_be_cut_and_forgets_what_waited() -> None:
    async def scenario() -> list[object]:
        sent: list[object] = []
        blocked = asyncio.Event()

        async def send(message: dict[str, object]) -> None:
            if message["type"] == "websocket.send":
                await blocked.wait()
            sent.append(message)

        outlet = QueuedOutlet(send)
        puts = 0
        while outlet.put(PreparedMessage("must")):
            puts += 1
            await asyncio.sleep(0)
        assert rules.MAX_QUEUED_MESSAGES <= puts <= rules.MAX_QUEUED_MESSAGES + 1
        outlet.cut(rules.SLOW)
        await asyncio.sleep(0.01)
        return sent

    assert asyncio.run(scenario()) == [{"type": "websocket.close", "code": rules.SLOW}]


def test_a_queue_that_cannot_close_politely_forgets_what_waited_and_closes_once() -> None:
    async def scenario() -> tuple[list[object], bool]:
        sent: list[object] = []
        blocked = asyncio.Event()

        async def send(message: dict[str, object]) -> None:
            if message["type"] == "websocket.send":
                await blocked.wait()
            sent.append(message)

        outlet = QueuedOutlet(send)
        outlet.put(PreparedMessage("must"))
        outlet.put(PreparedMessage("x" * rules.CONGESTED + "x"))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.05, outlet.cut, 1001)  # as `hang_up` does, sooner
        await asyncio.wait_for(outlet.close(1001), 1)
        outlet.cut(1001)
        await asyncio.sleep(0.05)
        return sent, outlet.sweep(0.0)

    assert asyncio.run(scenario()) == ([{"type": "websocket.close", "code": 1001}], True)


def test_frames_are_those_of_the_rfc() -> None:
    assert text_frame("Hello") == bytes.fromhex("810548656c6c6f")  # RFC 6455, 5.7
    assert text_frame("x" * 256)[:4] == b"\x81\x7e\x01\x00"
    assert text_frame("x" * 65536)[:10] == b"\x81\x7f" + struct.pack("!Q", 65536)
    assert close_frame(1012) == b"\x88\x02\x03\xf4"
