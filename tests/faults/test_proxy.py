"""The network of the drills does what its name says."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from time import perf_counter

import pytest

from tests.faults.proxy import FaultProxy, proxied


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(100):
            self.request.sendall(data)


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with proxied(server.server_address[1]) as proxy:
            yield proxy
        server.shutdown()


def dial(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=2)


def is_answered(plug: socket.socket, data: bytes, *, within_s: float = 2.0) -> bool:
    plug.settimeout(within_s)
    plug.sendall(data)
    try:
        return plug.recv(100) == data
    except TimeoutError:
        return False


def test_faults_and_their_end(proxy: FaultProxy) -> None:
    with dial(proxy) as one:
        assert is_answered(one, b"near")
        proxy.delay(0.1)
        started_s = perf_counter()
        assert is_answered(one, b"far")
        assert perf_counter() - started_s >= 0.2
        proxy.heal()
        proxy.cut()
        assert not is_answered(one, b"cut", within_s=0.2)
        with dial(proxy) as new:
            assert not is_answered(new, b"new", within_s=0.2)
            proxy.heal()
            assert (one.recv(100), new.recv(100)) == (b"cut", b"new")  # both waited
        proxy.half_open()
        assert not is_answered(one, b"frozen", within_s=0.2)
        with dial(proxy) as later:
            assert is_answered(later, b"later")
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                later.recv(100)
