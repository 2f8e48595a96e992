"""A PostgreSQL server of a test's own, and the production server on it."""

import os
import pwd
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import ROOT, Reachable, free_port, launched

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


@contextmanager
def own_cluster(folder: Path) -> Iterator[Cluster]:
    """Make a server in an empty folder, and stop it at the end."""
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    own = Cluster(folder, free_port())
    own.control("-o", "-A trust -U postgres --no-sync", "init")
    own.start()
    try:
        yield own
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            own.stop()


SESSIONS = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from importlib import import_module
from viral_engine.accounts.models import Cohort, User
from viral_engine.accounts.services.cohorts import join_cohort
from viral_engine.kernel.clock import now
cohort = Cohort.objects.create(name="Comets")
for name in NAMES:
    user = User.objects.create_user(name, email=name + "@example.com", birthdate="2010-01-01")
    join_cohort(cohort=cohort, user=user, at=now())
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0]})
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    print("session", session.session_key)
"""
CSRF = "c" * 32  # a cookie and a header of one value, as a form of the site sends them


@dataclass(frozen=True)
class Learner:
    """A learner's browser on the site."""

    server: Reachable
    session: str

    def get(self, path: str) -> tuple[int, dict[str, str]]:
        """The status and the headers of one page; redirects are not followed."""
        status, headers, _ = self._send(path, None)
        return status, headers

    def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Send a form as htmx does; the status and the answer, or (0, "") where the connection broke."""
        try:
            status, _, text = self._send(path, urllib.parse.urlencode(form).encode())
        except OSError:
            return 0, ""
        return status, text

    def _send(self, path: str, body: bytes | None) -> tuple[int, dict[str, str], str]:
        cookies = f"sessionid={self.session}; csrftoken={CSRF}"
        headers = {"Cookie": cookies, "X-CSRFToken": CSRF} | ({"HX-Request": "true"} if body else {})
        request = urllib.request.Request(f"{self.server.url}{path}", data=body, headers=headers)  # noqa: S310  (loopback)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  (loopback)
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, dict(refusal.headers), refusal.read().decode()

    def status(self, path: str) -> int:
        return self.get(path)[0]

    def statuses(self, path: str, *, times: int) -> set[int]:
        """The statuses of many requests, a dozen at once."""
        with ThreadPoolExecutor(12) as pool:
            return set(pool.map(self.status, [path] * times))


@contextmanager
def learner_on(cluster: Cluster) -> Iterator[Learner]:
    """The production server on the cluster, with migrated tables and one learner who is logged in."""
    with learners_on(cluster, ["Ada"]) as [ada]:
        yield ada


@contextmanager
def learners_on(cluster: Cluster, names: list[str]) -> Iterator[list[Learner]]:
    """As `learner_on`, with several learners, who are the first cohort."""
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
    printed = manage("shell", "--verbosity", "0", "-c", f"NAMES = {names!r}\n{SESSIONS}").splitlines()
    sessions = [line.split()[1] for line in printed if line.startswith("session ")]
    with launched(["manage.py", "web", "--port", str(port)], port=port, environment=environment) as server:
        yield [Learner(server, session) for session in sessions]
