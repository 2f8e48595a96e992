"""The table of periodic work."""

from datetime import datetime
from typing import Any

from celery.beat import Scheduler
from django.utils import timezone

from tests.servers import ROOT
from viral_engine.celery import app


def test_every_entry_expires_soon_after_its_successor_is_due() -> None:
    entries = app.conf.beat_schedule
    assert len(entries) > 20
    assert {name: one["options"]["expires"] - one["schedule"] for name, one in entries.items()} == dict.fromkeys(
        entries, 300.0
    )


def test_what_beat_sends_says_when_it_expires() -> None:
    with app.connection_for_write() as broker:
        channel: Any = broker.default_channel  # its stubs know no virtual transport
        channel.queue_purge("celery")
        scheduler = Scheduler(app, lazy=True)
        scheduler.setup_schedule()
        sent_at = timezone.now()
        scheduler.apply_async(scheduler.schedule["check-health"], advance=False)
        message = channel.basic_get("celery", no_ack=True)
    expires_at = datetime.fromisoformat(message.headers["expires"])
    assert 329 < (expires_at - sent_at).total_seconds() < 335


def test_calls_of_the_ai_provider_keep_a_queue_of_their_own_that_a_plain_worker_takes_too() -> None:
    assert set(app.amqp.queues) == {"celery", "ai", "mail", "notices", "webhooks"}
    tasks = {one["task"] for one in app.conf.beat_schedule.values()}
    routed = {task: app.amqp.router.route({}, task)["queue"].name for task in tasks}
    assert {task for task, queue in routed.items() if queue == "ai"} == {
        "loops.tasks.process_sessions",
        "loops.tasks.write_copy",
    }
    assert set(routed.values()) == set(app.amqp.queues)
    production = (ROOT / "docker-compose.yml").read_text()
    for queue in app.amqp.queues:
        assert f"worker --queues {queue} " in production
