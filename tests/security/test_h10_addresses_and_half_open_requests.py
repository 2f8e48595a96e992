"""Hole 10: who a request comes from, where mails link to, and requests that never arrive, over real servers."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories import person
from tests.servers import ROOT, free_port, wait_for
from tests.steps.mailboxes import arrived
from viral_engine.asgi import without_forwarded_peer

# An application that answers with the address under which the site would count the request.
WHO = """
import django, json, os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
django.setup()
from django.core.handlers.asgi import ASGIRequest
from viral_engine.asgi import without_forwarded_peer
from viral_engine.kernel.client_identity import client_ip
import io

async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    seen = client_ip(ASGIRequest(without_forwarded_peer(scope), io.BytesIO()))
    body = json.dumps(seen).encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})
"""
OURS = """
import sys, uvicorn
from viral_engine.server import CONFIG
import who
uvicorn.run(host="127.0.0.1", port=int(sys.argv[1]), **CONFIG | {"app": "who:application"})
"""
SERVERS = {
    "web": ["-c", OURS],
    "uvicorn": ["-m", "uvicorn", "--lifespan", "off", "--log-level", "error", "who:application", "--port"],
    "daphne": ["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "who:application", "-p"],
}


@contextmanager
def serving(folder: os.PathLike[str], kind: str, hops: int) -> Iterator[int]:
    port = free_port()
    environment = os.environ | {"PYTHONPATH": f"{folder}:{ROOT}", "TRUSTED_PROXY_HOPS": str(hops), "REDIS_URL": ""}
    command = [sys.executable, *SERVERS[kind], str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/", server)
            yield port
        finally:
            server.kill()


def seen_by(port: int, forwarded: str) -> str:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        return str(json.loads(response.read()))


@pytest.mark.parametrize("kind", SERVERS)
def test_a_client_does_not_choose_its_address(kind: str, tmp_path: os.PathLike[str]) -> None:
    (ROOT / tmp_path / "who.py").write_text(WHO)
    with serving(tmp_path, kind, hops=0) as port:
        spoofed = ["", "6.6.6.6", "6.6.6.7", "6.6.6.8:4321", "6.6.6.9, 127.0.0.1", "::1"]
        assert {seen_by(port, forwarded) for forwarded in spoofed} == {"127.0.0.1"}


@pytest.mark.parametrize("kind", SERVERS)
def test_our_proxy_is_believed_for_what_it_added(kind: str, tmp_path: os.PathLike[str]) -> None:
    (ROOT / tmp_path / "who.py").write_text(WHO)
    with serving(tmp_path, kind, hops=1) as port:
        assert seen_by(port, "6.6.6.6, 203.0.113.7") == "203.0.113.7"


def test_the_scope_of_a_foreign_server_is_not_believed(settings: Settings) -> None:
    scope = {"client": ("6.6.6.6", 1), "headers": [(b"x-forwarded-for", b"6.6.6.6")]}
    assert without_forwarded_peer(scope)["client"] == ("127.0.0.1", 0)
    settings.TRUSTED_PROXY_HOPS = 1
    assert without_forwarded_peer(scope) == scope


# -- Mail ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_mails_link_to_the_site_and_never_to_the_host_of_the_request(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["evil.example", "testserver"]
    settings.SITE_URL = "https://tutoring.example"
    person("Bo", email="bo@example.com")
    client = Client(headers={"host": "evil.example", "user-agent": "Mozilla/5.0"})
    client.post("/accounts/password/reset/", {"email": "bo@example.com"})
    client.post("/accounts/password/reset/", {"email": "unknown@example.com"})
    client.post("/accounts/login/code/", {"email": "bo@example.com"})
    client.post("/accounts/login/code/", {"email": "unknown@example.com"})
    client.post("/signup/", {"month": "5", "day": "4", "year": "1990"})
    adult = {"first_name": "Cy", "last_name": "Twombly", "email": "cy@example.com", "password": "correct-horse-9"}
    client.post("/signup/details/?role=parent", adult)
    assert {letter.to[0] for letter in arrived()} == {f"{name}@example.com" for name in ("bo", "unknown", "cy")}
    assert [letter.to for letter in arrived() if "evil.example" in str(letter.message())] == []
    assert sum("https://tutoring.example/" in letter.body for letter in arrived()) >= 3


# -- Requests that never arrive --------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def web(database_url: str) -> Iterator[int]:
    port = free_port()
    environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": "", "FEATURE_SIMULATED_PEERS": "false"}
    command = [sys.executable, "manage.py", "web", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/api/ready", server)
            yield port
        finally:
            server.kill()


def half_open(port: int, sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=15)
    client.sendall(sent)
    return client


def open_ones(clients: list[socket.socket]) -> int:
    """How many connections the server has not ended."""
    count = 0
    for client in clients:
        client.settimeout(0.001)
        try:
            count += client.recv(1) != b""
        except TimeoutError:
            count += 1
        except OSError:
            continue
    return count


HALVES = {
    "page": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "silence": b"",
    "socket": b"GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nUpgrade: websocket\r\n",
}


@pytest.mark.parametrize("kind", HALVES)
def test_half_open_requests_end_and_others_are_served(web: int, kind: str) -> None:
    clients = [half_open(web, HALVES[kind]) for _ in range(250)]
    try:
        started = time.monotonic()
        urllib.request.urlopen(f"http://127.0.0.1:{web}/api/ready", timeout=5).close()
        assert time.monotonic() - started < 2
        assert ends_within(clients, seconds=8, left=20)
        assert ends_within(clients, seconds=15, left=0)
    finally:
        for client in clients:
            client.close()


def ends_within(clients: list[socket.socket], *, seconds: float, left: int) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if open_ones(clients) <= left:
            return True
        time.sleep(0.1)
    return False


def test_a_head_that_drips_ends_too(web: int) -> None:
    """Each letter would restart a timer that counts silence."""
    client, started = half_open(web, b"GET / HTTP/1.1\r\nX-Slow: "), time.monotonic()
    try:
        while time.monotonic() - started < 20:
            client.sendall(b"a")
            time.sleep(0.2)
    except OSError:
        assert time.monotonic() - started < 15
    else:
        pytest.fail("the server waited for 20 s")


def test_a_kept_connection_answers_again(web: int) -> None:
    client = half_open(web, b"")
    for _ in range(3):
        client.sendall(b"GET /api/ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b" 200 " in whole_answer(client).split(b"\r\n")[0]
    client.close()


def whole_answer(client: socket.socket) -> bytes:
    """Head and body, which may come in two packets."""
    answer = b""
    while not answer.endswith(b"}"):
        received = client.recv(4096)
        assert received, answer
        answer += received
    return answer
