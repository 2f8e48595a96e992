"""Periodic tasks run by real workers: in the single process of `make run`, and by Celery over Redis."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from tests.concurrency import within
from tests.factories import person
from tests.servers import ROOT, Site
from viral_engine.accounts.events import AccountCreated
from viral_engine.celery import app
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent

LEAVE_A_DELIVERY = """
from datetime import timedelta
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Delivery, LoggedEvent
ada = User.objects.get(username="ada")
event = LoggedEvent.objects.create(
    type="account_created", actor_id=ada.pk, properties={"role": "student"}, at=now() - timedelta(seconds=30)
)
print(Delivery.objects.create(event=event, listener="viral_engine.safety.services.sign_ups.review_sign_up").pk)
"""


def test_the_one_process_keeps_promises_a_dead_process_left(site: Site) -> None:
    """Beat asks every 10 seconds; nobody but the site's own threads is here to answer."""
    delivery = site.ask(LEAVE_A_DELIVERY)
    ask = f"from viral_engine.kernel.models import Delivery; print(Delivery.objects.get(pk={delivery}).processed_at)"
    assert within(30, lambda: site.ask(ask) != "None")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_redis_worker_delivers_once_even_when_killed() -> None:
    """The first worker is killed while it holds the task or the queue does; the second finds the row."""
    ada = person("Ada")
    event = LoggedEvent.objects.create(
        type="account_created",
        actor_id=ada.pk,
        properties=AccountCreated(role="student").properties(),
        at=now() - timedelta(seconds=30),
    )
    delivery = Delivery.objects.create(event=event, listener="viral_engine.safety.services.sign_ups.review_sign_up")
    where = connection.settings_dict
    url = f"postgres://{where['USER']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL}
    command = [sys.executable, "-m", "celery", "-A", "viral_engine", "worker", "--pool", "solo", "--loglevel", "ERROR"]
    for is_first in (True, False):
        with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as worker:
            try:
                app.send_task("viral_engine.kernel.tasks.deliver_outbox")
                if is_first:
                    continue  # killed below, perhaps before it starts
                assert within(30, lambda: Delivery.objects.filter(pk=delivery.pk, processed_at__isnull=False).exists())
            finally:
                worker.kill()
    assert Decision.objects.filter(actor_id=ada.pk, type="sign_up").count() == 1
