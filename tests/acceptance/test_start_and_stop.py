"""The commands that serve: they keep their word about the port, and leave the load balancer before they stop."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.servers import QUIET, ROOT, free_port, launched


def start(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"REDIS_URL": ""} | QUIET | environment
    asked = [sys.executable, "manage.py", *command]
    return subprocess.run(asked, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)


def status_of(url: str) -> int:
    try:
        return int(urllib.request.urlopen(url, timeout=5).status)  # noqa: S310
    except urllib.error.HTTPError as refusal:
        return refusal.code


@pytest.mark.parametrize("command", ["web", "serve"])
def test_a_busy_port_is_named_and_nothing_is_promised(command: str, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = start(command, PORT=port, DATABASE_URL=database_url)
    assert outcome.returncode == 1
    assert outcome.stderr.strip() == (
        f"CommandError: Port {port} is in use. Stop the other program, or choose another port: PORT=8001."
    )
    assert "is up" not in outcome.stdout


def test_a_disk_that_cannot_be_written_is_said_in_one_line() -> None:
    outcome = start("serve", PORT=str(free_port()), DATABASE_URL="sqlite:////proc/no/such/folder/db.sqlite3")
    assert outcome.returncode == 1
    assert outcome.stderr.strip().startswith("CommandError: The database /proc/no/such/folder/db.sqlite3 cannot be")


def test_web_takes_its_port_from_the_environment_and_is_not_ready_before_it_stops_listening(database_url: str) -> None:
    port = free_port()
    environment = {"PORT": str(port), "DATABASE_URL": database_url, "REDIS_URL": "", "SHUTDOWN_DRAIN_S": "60"}
    with launched(["manage.py", "web"], port=port, environment=environment, health="/api/health/live") as web:
        assert status_of(f"{web.url}/api/ready") == 200
        web.signal(signal.SIGTERM)
        while status_of(f"{web.url}/api/ready") == 200:
            assert web.process.poll() is None
        assert status_of(f"{web.url}/api/ready") == 503
        assert status_of(f"{web.url}/accounts/login/") == 200  # requests that still arrive are served
        web.signal(signal.SIGTERM)  # a second signal ends the wait
        assert web.process.wait(timeout=30) in {0, -signal.SIGTERM}
