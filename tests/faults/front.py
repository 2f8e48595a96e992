"""A load balancer in front of web processes: it asks each whether it is ready, and tries the next one."""

import asyncio
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.concurrency import within
from tests.faults.proxy import FaultProxy, running

EVERY_S = 0.1
PATIENCE_S = 10.0  # a connection waits so long for a process that is ready


class Front(FaultProxy):
    """Each connection goes to one of the processes that are ready, in turn. Processes come and go by their ports."""

    def __init__(self) -> None:
        super().__init__(0)
        self.ports: list[int] = []
        self.ready: set[int] = set()
        self._turn = count()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises  OSError when no process takes the connection in time."""
        deadline_s = self._loop.time() + PATIENCE_S
        while self._loop.time() < deadline_s:
            for port in self._in_turn():
                try:
                    return await asyncio.open_connection("127.0.0.1", port)
                except OSError:  # gone since it was asked
                    self.ready.discard(port)
            await asyncio.sleep(0.02)
        raise ConnectionRefusedError

    def _in_turn(self) -> list[int]:
        ports = sorted(self.ready)
        start = next(self._turn) % len(ports) if ports else 0
        return ports[start:] + ports[:start]

    async def watch(self) -> None:
        while True:
            for port in list(self.ports):
                if await asyncio.to_thread(is_ready, port):
                    self.ready.add(port)
                else:
                    self.ready.discard(port)
            await asyncio.sleep(EVERY_S)

    def wait_for(self, *ports: int) -> None:
        """Serve by these processes alone, as soon as all of them are ready."""
        self.ports = list(ports)
        assert within(30, lambda: self.ready == set(ports)), (self.ready, ports)


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/ready")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def front() -> Iterator[Front]:
    with running(Front()) as balancer:
        watching = asyncio.run_coroutine_threadsafe(balancer.watch(), balancer._loop)
        yield balancer
        watching.cancel()
