"""Simulated peers of `make run`: visible through real sockets, marked, harmless, and switched off by one flag."""

import json
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from django.test import Client

from tests.factories import person
from tests.servers import Server, Site, empty_database, running_site
from tests.sockets import dial, in_thread, serving, until
from viral_engine.accounts.models import Cohort, Friendship, User
from viral_engine.accounts.services.cohorts import join_cohort
from viral_engine.learning.models import Attempt, Result
from viral_engine.simulated_peers import CREW, Crew, enroll_peers

SITE, MATH = "site:learners", "subject:math"
TOKEN = (
    "from presence.tokens import token_for; from datetime import datetime, UTC;"
    "from viral_engine.accounts.models import User; import json;"
    "ada = User.objects.get(username='ada');"
    "print(json.dumps([ada.pk, token_for(ada, datetime.now(UTC))]))"
)


@pytest.fixture
def alive(tmp_path: Path, django_db_setup: None) -> Iterator[Site]:
    """A site started on nothing, as a new developer does: `serve` itself migrates and seeds."""
    with (
        empty_database(tmp_path, "alive") as url,
        running_site(url, FEATURE_SIMULATED_PEERS="true") as running,
    ):
        yield running


async def test_make_run_comes_alive_and_stops_with_its_peers(alive: Site) -> None:
    """Ada opens a page: she sees the friends among her peers, and one of them begins to practice."""
    ada_id, token = json.loads(await in_thread(lambda: alive.ask(TOKEN)))
    server = Server(int(alive.url.rpartition(":")[2]), alive.process)
    ada = await dial(server, User(pk=ada_id), token=token)
    await ada.join(MATH)
    await ada.join(SITE)

    def names(topic: str) -> set[str]:
        return {metas[0]["name"] for metas in ada.people.get(topic, {}).values()} - {"Ada"}

    await until(lambda: names(MATH) == {"Robin (sim)", "Sky (sim)"}, 90)  # her friends; others are a number
    await until(lambda: names(SITE) == {"Robin (sim)", "Sky (sim)"}, 90)
    await until(lambda: any(any(one) for one in ada.activities(MATH).values()), 90)
    cpu_s, begun_s = server.cpu_s(), time.monotonic()
    await until(lambda: time.monotonic() - begun_s > 3, 10)
    assert server.cpu_s() - cpu_s < 1.0  # the whole site, including its tasks
    await ada.socket.close()
    alive.process.send_signal(signal.SIGINT)
    await in_thread(partial(alive.process.wait, timeout=20))


@pytest.mark.django_db(transaction=True)
def test_simulated_peers_practice_through_real_services_with_mistakes(catalogue: None) -> None:
    with serving() as server:
        crew = Crew(port=server.port, pace=0.005)
        crew.start()
        deadline = time.monotonic() + 30
        while Result.objects.values("attempt__user").distinct().count() < len(CREW):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        server.process.kill()
        server.process.wait()
        time.sleep(0.2)
        assert crew.thread.is_alive()  # a site that is gone is waited for
    begun_s = time.monotonic()
    crew.stop()
    assert not crew.thread.is_alive()
    assert time.monotonic() - begun_s < 3
    scores = set(Result.objects.values_list("score", flat=True))
    assert len(scores) > 1
    assert max(scores) > 50
    assert Attempt.objects.exclude(user__is_simulated=True).count() == 0


@pytest.mark.django_db(transaction=True)
def test_simulated_peers_are_marked_and_cannot_log_in(at: datetime) -> None:
    ada, cohort = person("Ada"), Cohort.objects.create(name="Comets")
    join_cohort(cohort=cohort, user=ada, at=at)
    ids = enroll_peers(at=at)
    assert enroll_peers(at=at) == ids
    crew = User.objects.filter(is_simulated=True)
    assert {one.display_name for one in crew} == {f"{name} (sim)" for name, _, _ in CREW}
    assert not any(one.has_usable_password() or one.email or one.growth_prompts for one in crew)
    assert cohort.memberships.count() == 1 + len(CREW)
    friends = {User.objects.get(pk=pk).username for pk in Friendship.objects.friend_ids(ada.pk)}
    assert friends == {"sim-robin", "sim-sky"}
    assert Friendship.objects.of(ada.pk).exclude(requested_by=ada).filter(status="requested").count() == 1
    assert Client().login(username="sim-robin", password="brightside-demo") is False


@pytest.mark.django_db(transaction=True)
def test_a_real_person_with_a_peers_name_is_left_alone(at: datetime) -> None:
    real = person("sim-Robin")
    assert "Robin" not in enroll_peers(at=at)
    real.refresh_from_db()
    assert (real.username, real.is_simulated) == ("sim-robin", False)
