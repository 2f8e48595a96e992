"""Start servers in their own processes, and the site as `make run` starts it, on a database of this run's kind."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from django.conf import settings
from pytest_django import Settings

ROOT = Path(__file__).parent.parent


class Reachable(Protocol):
    """A server, or a proxy in front of some."""

    @property
    def port(self) -> int: ...

    @property
    def url(self) -> str: ...


@dataclass(frozen=True)
class Server:
    """One process that serves on a port of this machine."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def rss_kib(self) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])

    def cpu_s(self) -> float:
        """Seconds of processor time so far, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def launched(
    command: Sequence[str], *, port: int, environment: Mapping[str, str] | None = None, health: str = "/api/health"
) -> Iterator[Server]:
    """Start a Python program, wait until it answers on the port, and kill it at the end, in whatever state it is."""
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | (environment or {})) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}{health}", process)
            yield Server(port, process)
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


@contextmanager
def redis_server(port: int = 0) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Start a Redis that belongs to the test: it may be killed and flushed."""
    port = port or free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0", process
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("Redis did not start")


@dataclass(frozen=True)
class Site:
    url: str
    environment: dict[str, str]
    process: "subprocess.Popen[bytes]"

    @cached_property
    def runner(self) -> "subprocess.Popen[str]":
        """The process that runs the code of `ask`, started at the first question."""
        command = [sys.executable, "-m", "tests.subprocess_runner"]
        environment = {"DJANGO_SETTINGS_MODULE": "viral_engine.settings"} | self.environment
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=ROOT, env=environment, **pipes)

    def ask(self, code: str) -> str:
        """Run Python code in the site's settings and database, and return what it printed."""
        assert self.runner.stdin
        assert self.runner.stdout
        self.runner.stdin.write(json.dumps(code) + "\n")
        self.runner.stdin.flush()
        answer = self.runner.stdout.readline()
        assert answer, "the code failed; its traceback is among the captured output"
        printed: str = json.loads(answer)
        return printed

    def stop_runner(self) -> None:
        """End the process behind `ask`, if there is one."""
        if "runner" in self.__dict__:
            with self.runner:
                self.runner.kill()


def without_redis(settings: Settings) -> None:
    """Let every job of Redis have a server that is down."""
    settings.REDIS_URL = settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.REDIS_URLS = dict.fromkeys(settings.REDIS_URLS, settings.REDIS_URL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def empty_database(folder: Path, name: str, template: str = "") -> Iterator[str]:
    """Create an empty database of this run's kind, or a copy of `template`, and drop it at the end; its address."""
    if not settings.ON_POSTGRESQL:
        if template:
            copy_sqlite(template.removeprefix("sqlite:///"), folder / "db.sqlite3")
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    name = f"{name}_{os.getpid()}"
    where = settings.DATABASES["default"]
    admin_dsn = f"host={where['HOST']} port={where['PORT']} user={where['USER']} dbname=postgres"
    copied = f" TEMPLATE {template.rpartition('/')[2]}" if template else ""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}{copied}")  # type: ignore[arg-type, unused-ignore]
    yield f"postgres://{where['USER']}@{where['HOST']}:{where['PORT']}/{name}"
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type, unused-ignore]


def copy_sqlite(template: str, copy: Path) -> None:
    """Copy a database with what its write-ahead log still holds: a process that ends need not have merged it."""
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


# As `serve` does before it serves, in one process.
SEED = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0)
call_command("seed")
"""
QUIET = {"FEATURE_SIMULATED_PEERS": "false", "SEED_EXPERIMENTS": "false"}


@contextmanager
def running_site(database_url: str, **more: str) -> Iterator[Site]:
    """Start the site as `make run` does, without simulated peers or running experiments unless `more` turns them on:
    pages change only by what the test does."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": "", "PORT": str(port)}
    environment |= QUIET | more
    command = [sys.executable, "manage.py", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(url + "/api/health", server)
            yield (running := Site(url, environment, server))
            running.stop_runner()
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def seeded_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated and seeded database, made once; every site starts from a copy."""
    with empty_database(tmp_path_factory.mktemp("seeded"), "seeded") as url:
        environment = os.environ | QUIET | {"DATABASE_URL": url, "REDIS_URL": ""}
        environment["DJANGO_SETTINGS_MODULE"] = "viral_engine.settings"
        subprocess.run([sys.executable, "-c", SEED], cwd=ROOT, env=environment, check=True, capture_output=True)
        yield url


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory, seeded_database: str) -> Iterator[str]:
    with empty_database(tmp_path_factory.mktemp("site"), "browser", seeded_database) as url:
        yield url


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, database_url: str) -> Iterator[Site]:
    """A running site for one module, so that no module sees what another one did.

    The module's mark `site` names settings of its own.
    """
    marked = request.node.get_closest_marker("site")
    with running_site(database_url, **(marked.kwargs if marked else {})) as running:
        yield running


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180  # a site that starts on nothing migrates and seeds first
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1)  # noqa: S310  (our own loopback address)
        except urllib.error.HTTPError:
            return  # a refusal is an answer
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the site did not start")
