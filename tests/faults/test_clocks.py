"""Clocks are wrong by five minutes and jump back, two beats run, and a task outlasts the broker's patience."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.concurrency import within
from tests.faults.invariants import assert_invariants
from tests.faults.stage import own_redis, staged_on
from tests.receivers import mailing
from tests.servers import ROOT, empty_database
from tests.sockets import SERVERS, in_thread, serving, until
from viral_engine.accounts.models import Cohort, User

pytestmark = pytest.mark.services
SKEW_S = 300
HEARD_S = 10


@pytest.fixture
def wrong_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first process is five minutes ahead and jumps to five minutes behind, the second one is behind."""
    for name, errors in (("ahead", f"{SKEW_S},-{SKEW_S}"), ("behind", f"-{SKEW_S}")):
        monkeypatch.setitem(SERVERS, name, ["-m", "tests.faults.clocks", errors, *SERVERS["uvicorn"]])


@pytest.mark.django_db(transaction=True)
async def test_lines_keep_their_order_while_clocks_are_wrong_and_jump_back(
    wrong_clocks: None, members: list[User], cohort: Cohort
) -> None:
    """Tokens of one process are good at the other, and numbers decide, not times."""
    with ExitStack() as stack:
        store = stack.enter_context(own_redis())
        servers = tuple(stack.enter_context(serving(kind, redis_url=store.url)) for kind in ("ahead", "behind"))
        async with staged_on(store, (servers[0], servers[1]), members, cohort) as stage:
            await stage.say(2, "behind")
            await stage.say(1, "ahead")
            servers[0].signal(signal.SIGUSR1)  # ten minutes back
            await stage.say(0, "back")
            await stage.say(3, "behind again")
            every = ["before", "behind", "ahead", "back", "behind again"]
            await until(lambda: all(stage.heard(client) == every for client in range(4)), HEARD_S)
            await until(lambda: stage.shows(0, "behind again") and stage.shows(1, "behind again"), HEARD_S)
            assert True not in stage.delays(0) + stage.delays(3)
            await in_thread(lambda: assert_invariants(store.url))


# -- Workers -------------------------------------------------------------------------------------------------
@contextmanager
def running(*command: str, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | environment) as process:
        try:
            yield process
        finally:
            process.kill()


def rows(environment: Mapping[str, str], statement: str) -> "Sequence[tuple[object, ...]]":
    with psycopg.connect(environment["DATABASE_URL"]) as database:
        return database.execute(statement).fetchall()  # type: ignore[arg-type, unused-ignore]


BEAT = ("-m", "celery", "-A", "viral_engine", "beat", "--loglevel", "ERROR", "--schedule")
WORKER = ("-m", "celery", "-A", "viral_engine", "worker", "--pool", "solo", "--loglevel", "ERROR")


def test_two_beats_check_the_site_once_a_slot(seeded_database: str, tmp_path: Path) -> None:
    """One of them is on a machine five minutes behind: slots follow the worker's clock."""
    late = ("-m", "tests.faults.clocks", str(-SKEW_S))
    with ExitStack() as stack:
        store = stack.enter_context(own_redis())
        database = stack.enter_context(empty_database(tmp_path, "beats", seeded_database))
        environment = {"DATABASE_URL": database, "REDIS_URL": store.url}
        stack.enter_context(running(*BEAT, str(tmp_path / "one"), environment=environment))
        stack.enter_context(running(*late, *BEAT, str(tmp_path / "two"), environment=environment))
        stack.enter_context(running(*WORKER, "-n", "one@%h", environment=environment))
        checks = "SELECT count(*), count(DISTINCT floor(extract(epoch FROM at) / 30)) FROM monitoring_healthcheck"
        assert within(90, lambda: int(str(rows(environment, checks)[0][0])) >= 2)
        [(made, slots)] = rows(environment, checks)
        assert made == slots
        assert_invariants_of(environment)


def assert_invariants_of(environment: Mapping[str, str]) -> None:
    command = [sys.executable, "manage.py", "check_invariants", "--wait", "20"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


MAIL = """
from django.core.mail import EmailMessage
from viral_engine.celery import app
from viral_engine.kernel.clock import now
from viral_engine.kernel.outgoing_mail import queue_mail
queue_mail(EmailMessage("Hello", "Hello", to=["hal@example.com"]), kind="greeting", person_id=None, at=now())
app.send_task("viral_engine.kernel.tasks.send_mails")
"""
SENT = "SELECT sent_at IS NOT NULL FROM kernel_outgoingmail"


def test_a_task_that_outlasts_the_visibility_timeout_mails_once(seeded_database: str, tmp_path: Path) -> None:
    """The broker gives the task to the second worker while the first one works: the mail's lease decides."""
    with ExitStack() as stack:
        store = stack.enter_context(own_redis())
        database = stack.enter_context(empty_database(tmp_path, "visibility", seeded_database))
        mailroom, port = stack.enter_context(mailing(after_s=4.0))
        environment = {"DATABASE_URL": database, "REDIS_URL": store.url, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        for name in ("one", "two"):
            stack.enter_context(running("-m", "tests.faults.impatient_worker", name, environment=environment))
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", MAIL]
        subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True)
        assert within(60, lambda: rows(environment, SENT) == [(True,)])
        assert len(mailroom.mails) == 1
