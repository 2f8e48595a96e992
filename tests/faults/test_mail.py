"""The mail server or Redis is away: pages answer at once, nobody is locked out, and no mail is lost."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import httpx
import psycopg
import pytest

from tests.concurrency import within
from tests.receivers import mailing
from tests.servers import ROOT, empty_database, free_port, launched, redis_server

pytestmark = pytest.mark.services
PASSWORD = "correct-horse-9"
MEMBER = """
from viral_engine.accounts.models import User
from viral_engine.accounts.services.mailboxes import claim_mailbox
hal = User.objects.create_user("Hal", email="hal@example.com", birthdate="1990-01-01", role="parent")
hal.set_password("correct-horse-9")
hal.save()
claim_mailbox(hal, "hal@example.com").set_verified()
"""


class Visitor:
    """A browser without scripts: it follows redirects and fills in forms."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, follow_redirects=True, timeout=30)

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        assert token is not None, path
        return self._client.post(path, data=fields | {"csrfmiddlewaretoken": token[1]})

    def sign_up(self, name: str) -> httpx.Response:
        self.post("/signup/", month="5", day="4", year="1990")
        fields = {"first_name": name, "last_name": "Twombly", "email": f"{name.lower()}@example.com"}
        return self.post("/signup/details/?role=parent", **fields, password=PASSWORD)

    def log_in(self, name: str) -> httpx.Response:
        return self.post("/accounts/login/", login=name, password=PASSWORD)


@contextmanager
def site_on(environment: Mapping[str, str], template: str, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The production server, without worker and beat."""
    port = free_port()
    with empty_database(folder, f"mail_drill_{port}", template) as database:
        own = dict(environment) | {"DATABASE_URL": database, "SITE_URL": f"http://127.0.0.1:{port}"}
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", MEMBER]
        subprocess.run(command, cwd=ROOT, env=os.environ | own, check=True)
        with launched(["manage.py", "web", "--port", str(port)], port=port, environment=own, health="/api/health/live"):
            yield f"http://127.0.0.1:{port}", own


def mails(environment: Mapping[str, str], column: str) -> list[object]:
    with psycopg.connect(environment["DATABASE_URL"]) as database:
        rows = database.execute(f"SELECT {column} FROM kernel_outgoingmail ORDER BY id")  # type: ignore[arg-type, unused-ignore]  # noqa: S608
        return [row[0] for row in rows.fetchall()]


@contextmanager
def worker_of(environment: Mapping[str, str]) -> Iterator[None]:
    """A worker, and no beat: only a call of the web process starts its tasks."""
    command = [sys.executable, "-m", "celery", "-A", "viral_engine", "worker", "--pool", "solo", "--loglevel", "ERROR"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environment) as process:
        try:
            yield
        finally:
            process.kill()


def ask_for_mail(url: str) -> list[str]:
    """Where every page ends that causes a mail, but for the sign-up."""
    stranger, hal = Visitor(url), Visitor(url)
    new = {"oldpassword": PASSWORD, "password1": "correct-horse-10", "password2": "correct-horse-10"}
    answers = [
        stranger.post("/accounts/login/code/", email="hal@example.com"),
        Visitor(url).post("/accounts/password/reset/", email="hal@example.com"),
        hal.log_in("hal"),
        hal.post("/accounts/password/change/", **new),
        hal.get("/accounts/email/"),
    ]
    return [f"{answer.status_code} {answer.url.path}" for answer in answers]


ASKED = [
    "200 /accounts/login/code/confirm/",
    "200 /accounts/password/reset/done/",
    "200 /",
    "200 /accounts/password/change/",
    "200 /accounts/email/",
]


def test_a_mail_server_that_is_away_breaks_no_page_and_loses_no_mail(seeded_database: str, tmp_path: Path) -> None:
    smtp = free_port()
    with redis_server() as (redis, _):
        environment = {"REDIS_URL": redis, "EMAIL_URL": f"smtp://127.0.0.1:{smtp}"}
        with site_on(environment, seeded_database, tmp_path) as (site, own):
            started = perf_counter()
            assert ask_for_mail(site) == ASKED
            assert Visitor(site).sign_up("Ivy").status_code == 200
            assert perf_counter() - started < 20
            kinds = ["login_code", "password_reset_key", "password_changed", "email_confirmation"]
            assert mails(own, "kind") == kinds
            with worker_of(own):
                assert within(30, lambda: mails(own, "last_error") == ["ConnectionRefusedError"] * 4)
            with psycopg.connect(own["DATABASE_URL"]) as database:
                database.execute("UPDATE kernel_outgoingmail SET leased_until = NULL")
            with mailing(port=smtp) as (mailroom, _), worker_of(own):
                asked_at = perf_counter()
                Visitor(site).sign_up("Joy")
                assert within(30, lambda: len(mailroom.mails) == 5), perf_counter() - asked_at
            assert mails(own, "text") == [""] * 5


def test_without_redis_people_sign_up_log_in_and_ask_for_mail(seeded_database: str, tmp_path: Path) -> None:
    with redis_server() as (redis, server), site_on({"REDIS_URL": redis}, seeded_database, tmp_path) as (site, own):
        server.kill()
        server.wait()
        assert ask_for_mail(site) == ASKED
        ivy = Visitor(site)
        assert ivy.sign_up("Ivy").status_code == 200
        assert ivy.get("/accounts/email/").url.path == "/accounts/email/"  # logged in
        assert mails(own, "kind")[-1] == "email_confirmation"
        codes = [Visitor(site).post("/accounts/login/code/", email="hal@example.com") for _ in range(9)]
        assert {answer.status_code for answer in codes} <= {200, 429}
