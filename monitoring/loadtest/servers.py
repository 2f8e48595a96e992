"""The servers of a load test: a PostgreSQL database and a Redis of its own, web, relay, workers and beat."""

import os
import resource
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg.sql import SQL, Identifier

START_S = 60.0
MIGRATES_S = 240.0  # a site that starts on nothing migrates and seeds first
STOP_S = 15.0
DEFAULT_SERVER = "postgres@127.0.0.1:5432"


class CannotStart(Exception):
    """Something that a load test needs is missing; the text names it and says how to get it."""


@dataclass(slots=True)
class Servers:
    """Addresses of the web processes, and the process id behind each name."""

    urls: list[str] = field(default_factory=list)
    pids: dict[str, int] = field(default_factory=dict)


def postgres_server() -> str:
    """`user:password@host:port` from BENCH_POSTGRES, from DATABASE_URL, or the usual local address."""
    given = os.environ.get("BENCH_POSTGRES", "")
    if given:
        return given
    database = settings.DATABASES["default"]
    if not settings.ON_POSTGRESQL:
        return DEFAULT_SERVER
    password = f":{database['PASSWORD']}" if database.get("PASSWORD") else ""
    return f"{database['USER']}{password}@{database['HOST']}:{database['PORT'] or 5432}"


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """Create a database, and drop it at the end; yields its address.

    Raises  CannotStart when PostgreSQL does not answer.
    """
    server, database = postgres_server(), Identifier(name)
    dsn = f"postgresql://{server}/postgres"
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as admin:
            admin.execute(SQL("CREATE DATABASE {}").format(database))
    except psycopg.OperationalError as failure:
        where = server.rpartition("@")[2]
        raise CannotStart(
            f"PostgreSQL does not answer at {where}. Start it, or name another server in BENCH_POSTGRES "
            "(user:password@host:port)."
        ) from failure
    try:
        yield f"postgres://{server}/{name}"
    finally:
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(database))


@contextmanager
def own_redis() -> Iterator[tuple[str, int]]:
    """Start a Redis on a free loopback port, without files; yields its address and process id.

    Raises  CannotStart without `redis-server` on the path.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise CannotStart("redis-server is not on the path. Install Redis, for example `apt install redis-server`.")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with _running(command, os.environ, Path(os.devnull)) as process:
        _wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0", process.pid


@contextmanager
def site_servers(*, web: int, workers: int, folder: Path) -> Iterator[Servers]:
    """Start web processes, a relay, workers and a beat on this process's database and Redis; their logs go to `folder`.

    Raises  CannotStart when a web process does not answer.
    """
    servers = Servers()
    allow_many_sockets()
    python = [sys.executable, "manage.py", "web", "--port"]
    celery = [sys.executable, "-m", "celery", "-A", "viral_engine"]
    with ExitStack() as stack:
        for number in range(1, workers + 1):
            name = f"worker {number}"
            command = [*celery, "worker", "--concurrency", "1", "--loglevel", "ERROR", "-n", f"load{number}@%h"]
            servers.pids[name] = stack.enter_context(_running(command, os.environ, folder / f"{name}.log")).pid
        command = [sys.executable, "manage.py", "relay"]
        servers.pids["relay"] = stack.enter_context(_running(command, os.environ, folder / "relay.log")).pid
        command = [*celery, "beat", "--loglevel", "ERROR", "--schedule", str(folder / "beat")]
        servers.pids["beat"] = stack.enter_context(_running(command, os.environ, folder / "beat.log")).pid
        for number in range(1, web + 1):
            name, port = f"web {number}", free_port()
            url = f"http://127.0.0.1:{port}"
            environment = {**os.environ, "SITE_URL": url, "TRUSTED_PROXY_HOPS": "1"}
            process = stack.enter_context(_running([*python, str(port)], environment, folder / f"{name}.log"))
            wait_for_site(url, process)
            servers.pids[name] = process.pid
            servers.urls.append(url)
        yield servers


@contextmanager
def serve_alone(environment: Mapping[str, str], *, url: str, folder: Path) -> Iterator[None]:
    """Run the whole site in one process, migrated and seeded, as `make run` does; its log goes to `folder`.

    Raises  CannotStart.
    """
    command = [sys.executable, "manage.py", "serve"]
    with _running(command, environment, folder / "site.log") as process:
        wait_for_site(url, process, patience_s=MIGRATES_S)
        yield


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """One process; it is asked to stop at the end, and killed when it does not."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (our own program, our own arguments)
            command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)


def wait_for_site(url: str, process: "subprocess.Popen[bytes] | None" = None, *, patience_s: float = START_S) -> None:
    """Wait until the site answers.

    Raises  CannotStart.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        try:
            with urllib.request.urlopen(f"{url}/api/health/live", timeout=2):  # noqa: S310  (a loopback address)
                return
        except urllib.error.HTTPError:
            return  # a refusal is an answer
        except OSError:
            time.sleep(0.1)
    raise CannotStart(f"The site at {url} does not answer.")


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise CannotStart("Redis did not start.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def allow_many_sockets() -> None:
    """Let this process and its children open as many files as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
