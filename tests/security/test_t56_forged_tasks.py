"""Threat 56: a person who can write to the broker makes a worker run something."""

import base64
import inspect
import pickle
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from kombu import Connection, Consumer, Exchange, Queue
from kombu.exceptions import ContentDisallowed

from viral_engine.celery import app

FORGED = "tests-forged"


def our_tasks() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_only_json_is_read_and_written() -> None:
    assert (list(app.conf.accept_content), app.conf.task_serializer) == (["json"], "json")
    assert app.conf.result_accept_content in (None, ["json"])
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]


def test_a_pickled_message_is_refused_before_it_is_unpacked() -> None:
    opened: list[str] = []

    class Bomb:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (opened.append, ("boom",))

    with Connection("memory://") as connection:
        channel: Any = connection.channel()
        queue = Queue(FORGED, Exchange(FORGED), routing_key=FORGED)
        received: list[object] = []
        consumer = Consumer(
            channel, [queue], accept=app.conf.accept_content, callbacks=[lambda *got: received.append(got)]
        )
        consumer.consume()
        body = base64.b64encode(pickle.dumps(Bomb())).decode()
        message = {
            "body": body,
            "content-type": "application/x-python-serialize",
            "content-encoding": "binary",
            "headers": {"task": next(iter(our_tasks())), "id": str(uuid4())},
            "properties": {"body_encoding": "base64", "delivery_tag": str(uuid4()), "delivery_info": {}},
        }
        channel._put(FORGED, message)
        with pytest.raises(ContentDisallowed):
            connection.drain_events(timeout=2)
    assert (received, opened) == ([], [])


def test_tasks_take_no_argument_that_a_forger_could_choose() -> None:
    """Each task finds its own work in rows that it claims; a message says no more than: look now."""
    tasks = our_tasks()
    assert len(tasks) > 20
    named = {name: list(inspect.signature(task.run).parameters) for name, task in tasks.items()}
    assert {name: taken for name, taken in named.items() if taken} == {}
