"""The ASGI application in production mode under both supported servers, with static files."""

import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message

import pytest

from tests.production import FIT
from tests.servers import ROOT, free_port, wait_for

SERVERS = {
    "uvicorn": ["uvicorn", "--lifespan", "off", "--log-level", "error", "--host", "127.0.0.1", "--port"],
    "daphne": ["daphne", "-v", "0", "-b", "127.0.0.1", "-p"],
}


@pytest.fixture(scope="module")
def production(database_url: str) -> dict[str, str]:
    """Environment of a production site behind one proxy, migrated and with collected static files."""
    fit = FIT | {"ALLOWED_HOSTS": "127.0.0.1,tutoring.example", "TRUSTED_PROXY_HOPS": "1"}
    environment = os.environ | fit | {"DATABASE_URL": database_url, "REDIS_URL": ""}
    command = ["manage.py", "collectstatic", "--noinput", "-v", "0"]
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
    return environment


@pytest.fixture(params=SERVERS, scope="module")
def port(request: pytest.FixtureRequest, production: dict[str, str]) -> Iterator[int]:
    chosen = free_port()
    command = [sys.executable, "-m", *SERVERS[request.param], str(chosen), "viral_engine.asgi:application"]
    with subprocess.Popen(command, cwd=ROOT, env=production, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{chosen}/api/health", server)
            yield chosen
        finally:
            server.terminate()


def get(port: int, path: str) -> tuple[int, str, Message]:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        return response.status, response.read().decode(errors="replace"), response.headers


def test_pages_and_hashed_static_files_are_served(port: int) -> None:
    status, page, headers = get(port, "/")
    assert status == 200
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    sheets = re.findall(r'href="(/static/site/\w+\.[0-9a-f]{12}\.css)"', page)
    assert len(sheets) == 10
    status, css, headers = get(port, sheets[0])
    assert "immutable" in headers["Cache-Control"]
    font = re.search(r'url\("(fonts/manrope\.[0-9a-f]{12}\.woff2)"\)', css)
    assert font is not None
    assert get(port, f"/static/site/{font[1]}")[0] == 200


def test_a_websocket_without_a_token_is_refused_before_the_upgrade(port: int) -> None:
    lines = [
        "GET /socket/websocket?vsn=2.0.0 HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Origin: https://tutoring.example",
        "\r\n",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall("\r\n".join(lines).encode())
        assert b" 403 " in client.recv(1024).split(b"\r\n")[0]


def test_http_redirects_to_https(port: int) -> None:
    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    opener = urllib.request.build_opener(NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as answer:
        opener.open(f"http://127.0.0.1:{port}/", timeout=5)
    assert (answer.value.code, answer.value.headers["Location"]) == (301, f"https://127.0.0.1:{port}/")
