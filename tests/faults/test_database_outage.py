"""PostgreSQL stops, comes back and restarts under a running site, on a server of the test's own."""

import os
import pwd
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.concurrency import within
from tests.servers import ROOT, Server, free_port, launched

pytestmark = pytest.mark.services
BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
SMALL_POOL = 6


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server in a folder; it runs as an ordinary user, because it refuses root."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def control(self, *arguments: str) -> None:
        user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        log = subprocess.DEVNULL
        command = [BINARIES / "pg_ctl", "-D", self.folder / "data", "-w", *arguments]
        subprocess.run(command, check=True, stdout=log, stderr=log, cwd=self.folder, **user)  # type: ignore[call-overload]

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.control("-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self.control("-m", "immediate", "stop")


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("pg")
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        for one in (folder, *folder.parents[:2]):
            one.chmod(one.stat().st_mode | 0o055)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    own = Cluster(folder, free_port())
    own.control("-o", "-A trust -U postgres --no-sync", "init")
    own.start()
    try:
        yield own
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            own.stop()


SESSION = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from importlib import import_module
from viral_engine.accounts.models import User
ada = User.objects.create_user("Ada", email="ada@example.com", birthdate="2010-01-01")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session.update({SESSION_KEY: str(ada.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0]})
session[HASH_SESSION_KEY] = ada.get_session_auth_hash()
session.save()
print(session.session_key)
"""


@dataclass(frozen=True)
class Learner:
    """A learner's browser on the site."""

    server: Server
    session: str

    def get(self, path: str) -> tuple[int, dict[str, str]]:
        """The status and the headers of one page; redirects are not followed."""
        request = urllib.request.Request(f"{self.server.url}{path}", headers={"Cookie": f"sessionid={self.session}"})  # noqa: S310  (loopback)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  (loopback)
                return answer.status, dict(answer.headers)
        except urllib.error.HTTPError as refusal:
            return refusal.code, dict(refusal.headers)

    def status(self, path: str) -> int:
        return self.get(path)[0]

    def statuses(self, path: str, *, times: int) -> set[int]:
        """The statuses of many requests, a dozen at once."""
        with ThreadPoolExecutor(12) as pool:
            return set(pool.map(self.status, [path] * times))


@contextmanager
def learner_on(cluster: Cluster) -> Iterator[Learner]:
    """The production server on the cluster, with migrated tables and one learner who is logged in."""
    port = free_port()
    environment = {
        "DATABASE_URL": cluster.url,
        "DATABASE_POOL": str(SMALL_POOL),
        "REDIS_URL": "",
        "SITE_URL": f"http://127.0.0.1:{port}",
    }

    def manage(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    manage("migrate", "--verbosity", "0")
    session = manage("shell", "--verbosity", "0", "-c", SESSION).split()[-1]
    with launched(["manage.py", "web", "--port", str(port)], port=port, environment=environment) as server:
        yield Learner(server, session)


def test_pages_answer_503_while_the_database_is_down_and_return_with_it(cluster: Cluster) -> None:
    with learner_on(cluster) as ada:
        assert ada.status("/leaderboards/mine/") in {200, 302}
        cluster.stop()
        assert within(20, lambda: ada.status("/friends/") == 503)
        answers = [ada.get(path) for path in ("/", "/practice/", "/accounts/login/", "/no-such-page/")]
        assert {status for status, _ in answers} == {503}
        assert {headers["retry-after"] for _, headers in answers} == {"5"}
        assert ada.status("/api/health/live") == 200
        assert ada.status("/api/ready") == 503
        cluster.start()
        assert within(5, lambda: ada.status("/friends/") == 200)
        assert ada.statuses("/friends/", times=24) == {200}


def test_an_idle_site_survives_a_restart_of_the_database(cluster: Cluster) -> None:
    with learner_on(cluster) as ada:
        assert ada.statuses("/friends/", times=24) == {200}
        cluster.stop()
        cluster.start()
        assert within(5, lambda: ada.status("/friends/") == 200)
        assert ada.statuses("/friends/", times=24) == {200}


def test_error_pages_keep_no_connection(cluster: Cluster) -> None:
    with learner_on(cluster) as ada:
        assert ada.statuses("/no-such-page/", times=60) == {404}
        cluster.stop()
        cluster.start()
        assert within(5, lambda: ada.status("/no-such-page/") == 404)
        assert ada.statuses("/no-such-page/", times=24) == {404}
        assert ada.status("/friends/") == 200
