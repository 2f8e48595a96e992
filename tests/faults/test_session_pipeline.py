"""The worker of a session's pipeline is killed at every stage: the next one goes on, and each effect happens once."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection

from loops.models import Link, Prompt
from loops.session_intelligence.models import SessionAction, SessionPipeline, SessionReminder
from tests.loops.session_intelligence.sessions import logged_session, loop_row
from tests.servers import ROOT
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Subject, TutoringSession

pytestmark = pytest.mark.django_db(transaction=True)
KILLED = -9
STAGES = ("redacted", "summarized", "actions", "delivered")
POINTS = [f"{stage}:{place}" for stage in STAGES for place in ("before", "inside", "after")] + ["offer:after"]
EVENTS = ("session_completed", "session_summarized", "session_action_made", "session_delivered")


def worker(*, crash_at: str = "", later_s: float = 0) -> int:
    where = connection.settings_dict
    url = (
        f"postgres://{where['USER']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
        if connection.vendor == "postgresql"
        else f"sqlite:///{where['NAME']}"
    )
    environment = {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, "CRASH_AT": crash_at, "LATER_S": str(later_s)}
    command = [sys.executable, "-m", "tests.faults.session_worker"]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode


@pytest.mark.parametrize("point", POINTS)
def test_each_effect_happens_once(math: Subject, point: str) -> None:
    loop_row()
    session = logged_session(now(), math)
    assert SessionPipeline.objects.get().stage == "received"
    assert worker(crash_at=point) == KILLED
    assert worker() == 0  # the dead worker still holds its lease
    assert SessionPipeline.objects.get().delivered_at is None
    lease_s = SessionPipeline.LEASE.total_seconds() + 5
    assert worker(later_s=lease_s) == 0
    row = SessionPipeline.objects.get()
    assert (row.stage, row.last_error, row.dead_lettered_at) == ("delivered", "", None)
    counts = Counter(LoggedEvent.objects.filter(type__in=EVENTS).values_list("type", flat=True))
    assert counts == {
        "session_completed": 1,
        "session_summarized": 1,
        "session_action_made": 4,
        "session_delivered": 1,
    }
    assert TutoringSession.objects.get(pk=session.pk).summary["made_by"] == "extractive"
    assert Decision.objects.filter(agent="session_intelligence").count() == 1
    assert SessionAction.objects.filter(status="ready").count() == 4
    assert SessionAction.objects.count() == 5  # the celebration of a minor was refused, once
    assert Link.objects.count() == Prompt.objects.count() == 4
    assert SessionReminder.objects.count() == 1
