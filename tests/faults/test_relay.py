"""The relay is killed while it works: every effect of every attempt happens exactly once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from pytest_django import Settings

from feeds.models import Activity
from leaderboards.models import CountedResult, Standing
from loops.models import Prompt, RewardEntry
from tests.concurrency import within
from tests.factories import cohort_of, person, practice
from tests.servers import ROOT
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery
from viral_engine.learning.models import Skill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
ATTEMPTS = 60


@contextmanager
def relay_process() -> Iterator["subprocess.Popen[bytes]"]:
    where = connection.settings_dict
    url = f"postgres://{where['USER']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, "OUTBOX_EAGER": "false"}
    with subprocess.Popen([sys.executable, "manage.py", "relay"], cwd=ROOT, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def left() -> int:
    return Delivery.objects.unfinished().count()


def is_at_most(deliveries: float) -> bool:
    return left() <= deliveries


def test_a_relay_that_is_killed_three_times_leaves_every_effect_once(algebra: Skill, settings: Settings) -> None:
    settings.OUTBOX_EAGER = False
    for number in range(ATTEMPTS):
        one = person(f"P{number}", at=now() - timedelta(days=30))
        cohort_of(one, at=now())
        practice(one, algebra, at=now() - timedelta(minutes=1))
    everything = left()
    for share in (0.95, 0.6, 0.3):
        with relay_process() as process:
            assert within(60, partial(is_at_most, everything * share))
            time.sleep(0.03)  # in the middle of the next batch, most times
            process.kill()
    with relay_process():
        assert within(90, lambda: left() == 0)
    assert Activity.objects.filter(source__startswith="attempt:").count() == ATTEMPTS
    assert RewardEntry.objects.filter(key__startswith="practice:").count() == ATTEMPTS
    assert CountedResult.objects.count() == ATTEMPTS
    assert Standing.objects.filter(period="all").aggregate(Sum("results")) == {"results__sum": ATTEMPTS}
    assert Decision.objects.filter(agent="orchestrator", type="practice_completed").count() == ATTEMPTS
    assert Prompt.objects.values("user").distinct().count() == Prompt.objects.count() == ATTEMPTS
    assert not Delivery.objects.dead_lettered().exists()


def test_a_relay_that_is_away_loses_nothing(algebra: Skill, settings: Settings) -> None:
    settings.OUTBOX_EAGER = False
    ada = person("Ada", at=now() - timedelta(days=30))
    for minutes in (9, 6, 3):
        practice(ada, algebra, at=now() - timedelta(minutes=minutes))
    assert left() == 3 * 6
    with relay_process():
        assert within(60, lambda: left() == 0)
    posted = Activity.objects.filter(actor=ada).order_by("pk").values_list("at", flat=True)
    assert list(posted) == sorted(posted)
