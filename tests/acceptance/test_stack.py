"""Two web processes in production mode behind the real nginx configuration: TLS, sockets, ids, a restart."""

import asyncio
import contextlib
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import websockets

from tests.production import FIT
from tests.programs import program, run
from tests.servers import ROOT, Server, free_port, launched, redis_server

pytestmark = pytest.mark.services  # more than one process needs a Redis
HOST = "tutoring.example"


@dataclass(frozen=True)
class Stack:
    http: int
    https: int
    tls: ssl.SSLContext
    webs: tuple[Server, Server]
    log: Path

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.https}", verify=self.tls, headers={"Host": HOST}, timeout=30
        )


def rendered(template: str, values: dict[str, str]) -> str:
    """The file as the image of nginx fills it: variables that are set, and no others."""
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], template)


def certificate(folder: Path) -> ssl.SSLContext:
    names = ["-keyout", "privkey.pem", "-out", "fullchain.pem", "-subj", f"/CN={HOST}"]
    made = run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, cwd=folder)
    assert made.returncode == 0, made.stderr
    context = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    context.check_hostname = False
    return context


@contextlib.contextmanager
def nginx(folder: Path, values: dict[str, str]) -> Iterator[None]:
    site = rendered((ROOT / "deploy/nginx/site.conf.template").read_text(), values)
    (folder / "site.conf").write_text(site)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = (
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; events {{}} http {{ {paths} include site.conf; }}"
    )
    (folder / "nginx.conf").write_text(main)
    command = [program("nginx"), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGQUIT)


@pytest.fixture(scope="module")
def stack(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("nginx")
    context, http, https = certificate(folder), free_port(), free_port()
    with contextlib.ExitStack() as started:
        redis, _ = started.enter_context(redis_server())
        mine = {"DATABASE_URL": database_url, "REDIS_URL": redis, "TRUSTED_PROXY_HOPS": "1", "SHUTDOWN_DRAIN_S": "1"}
        environment = FIT | mine
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
        subprocess.run(collect, cwd=ROOT, env=os.environ | environment, check=True)
        ports = [free_port(), free_port()]
        webs = [
            started.enter_context(
                launched(
                    ["manage.py", "web", "--port", str(port)], port=port, environment=environment, health="/api/ready"
                )
            )
            for port in ports
        ]
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in ports)
        values = {"SITE_HOST": HOST, "SITE_SERVERS": servers, "HTTP_PORT": str(http), "HTTPS_PORT": str(https)}
        values |= {"TLS_DIR": str(folder), "LOG": str(folder / "access.log")}
        started.enter_context(nginx(folder, values))
        stack = Stack(http, https, context, (webs[0], webs[1]), folder / "access.log")
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                with stack.client() as client:
                    client.get("/api/health/live")
                break
        yield stack


def test_pages_come_over_tls_with_the_id_of_the_proxy_and_http_leads_there(stack: Stack) -> None:
    with stack.client() as client:
        page = client.get("/accounts/login/", params={"next": "/secret-of-ada/"}, headers={"X-Request-ID": "0" * 32})
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert re.fullmatch(r"[0-9a-f]{32}", page.headers["X-Request-ID"])
        assert page.headers["X-Request-ID"] != "0" * 32
        sheet = re.search(r'href="(/static/site/base\.[0-9a-f]{12}\.css)"', page.text)
        assert sheet is not None
        assert client.get(sheet[1], headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "br"
        assert client.get("/metrics").status_code == 404
    plain = httpx.get(f"http://127.0.0.1:{stack.http}/x", headers={"Host": HOST})
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{HOST}/x")
    written = stack.log.read_text()
    assert page.headers["X-Request-ID"] in written
    assert "secret-of-ada" not in written


async def test_a_socket_passes_the_proxy(stack: Stack) -> None:
    """A learner logs in through the form, and joins their own room over TLS."""
    with stack.client() as client:
        origin = {"Origin": f"https://{HOST}", "Referer": f"https://{HOST}/accounts/login/"}
        client.get("/accounts/login/")
        form = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/accounts/login/").text)
        assert form is not None
        sent = {"login": "ada", "password": "brightside-demo", "csrfmiddlewaretoken": form[1]}
        assert client.post("/accounts/login/", data=sent, headers=origin).status_code == 302
        answer = client.get("/api/socket-token").json()
    url = f"wss://{HOST}/socket/websocket?vsn=2.0.0&token={answer['token']}"
    where = {"host": "127.0.0.1", "port": stack.https}
    async with websockets.connect(url, ssl=stack.tls, origin=f"https://{HOST}", **where) as ws:  # type: ignore[arg-type]
        await ws.send(f'["1", "1", "user:{answer["user_id"]}", "phx_join", {{}}]')
        async with asyncio.timeout(20):
            reply = str(await ws.recv())
    assert '"phx_reply"' in reply
    assert '"ok"' in reply


def test_a_web_process_stops_and_no_request_fails(stack: Stack) -> None:
    stopping = stack.webs[0]
    with stack.client() as client, ThreadPoolExecutor(1) as pool:
        ended = pool.submit(stopping.process.wait)
        stopping.signal(signal.SIGTERM)
        statuses: list[int] = []
        while not ended.done() or len(statuses) < 40:
            statuses.append(client.get("/accounts/login/").status_code)
    assert set(statuses) == {200}
