"""A site as `make run` starts it, in a process of its own, on an empty database of the kind this run is about."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Site:
    url: str
    environment: dict[str, str]

    def ask(self, code: str) -> str:
        """What a line of Python prints inside the running site's own settings and database."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        ).stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of the kind this run is about."""
    if not settings.ON_POSTGRESQL:
        yield f"sqlite:///{tmp_path_factory.mktemp('site') / 'db.sqlite3'}"
        return
    name = f"browser_{os.getpid()}"
    where = settings.DATABASES["default"]
    admin_dsn = f"host={where['HOST']} port={where['PORT']} user={where['USER']} dbname=postgres"
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type, unused-ignore]
    yield f"postgres://{where['USER']}@{where['HOST']}:{where['PORT']}/{name}"
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type, unused-ignore]


@pytest.fixture(scope="session")
def site(database_url: str) -> Iterator[Site]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": "", "SITE_URL": url}
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(url + "/api/health", server)
            yield Site(url, environment)
        finally:
            server.terminate()


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1)  # noqa: S310  (our own loopback address)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the site did not start")
