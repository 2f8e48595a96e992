"""A program of the company as tests have it: its key, its people, and a client that speaks JSON."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Barrier, Thread
from typing import Any

from django.db import connection
from django.test import Client

from viral_engine.accounts.models import User
from viral_engine.api.models import ApiProgram, ExternalPerson
from viral_engine.api.rules import SCOPES
from viral_engine.api.services.keys import create_key
from viral_engine.kernel.clock import now

EVENTS = "/api/v1/events"


class Program:
    """A program with one key."""

    def __init__(
        self, name: str = "Practice app", *, scopes: Sequence[str] = tuple(SCOPES), per_minute: int | None = None
    ) -> None:
        self.row, _ = ApiProgram.objects.get_or_create(name=name, defaults={"created_at": now()})
        made = create_key(program=self.row, scopes=scopes, by=None, at=now(), requests_per_minute=per_minute)
        self.key, self.token = made.row, made.token
        self.client = Client(headers={"authorization": f"Bearer {self.token}"})

    def brings(self, user: User, external_id: str = "") -> User:
        """Let the program know the person, as an upsert does."""
        ExternalPerson.objects.create(
            program=self.row, external_id=external_id or user.username, user=user, linked_at=now()
        )
        return user

    def post(self, path: str, body: Any, *, key: str = "") -> Any:
        return self._send("post", path, body, key)

    def put(self, path: str, body: Any, *, key: str = "") -> Any:
        return self._send("put", path, body, key)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query)

    def send(self, *events: dict[str, Any], key: str = "") -> Any:
        return self.post(EVENTS, {"events": events}, key=key)

    def _send(self, method: str, path: str, body: Any, key: str) -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"idempotency-key": key} if key else {}
        return self.client.generic(method.upper(), path, text, content_type="application/json", headers=headers)


def practiced(
    person: str = "ada", event_id: str = "p-1", *, at: datetime | None = None, **changed: Any
) -> dict[str, Any]:
    """A finished practice of five questions, four of them right."""
    event = {"type": "practice_completed", "id": event_id, "person": person, "occurred_at": (at or now()).isoformat()}
    return event | {"skill": "algebra", "duration_s": 90, "correct": 4, "total": 5} | changed


def problem_of(response: Any) -> tuple[int, str]:
    """Status and code; the body is a problem as RFC 9457 says."""
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert {"type", "title", "status", "code", "detail"} <= body.keys()
    assert body["status"] == response.status_code
    return response.status_code, body["code"]


def in_threads(count: int, act: Callable[[], Any]) -> list[Any]:
    """The answers of `count` threads that act at one moment."""
    answers: list[Any] = []
    start = Barrier(count)

    def run() -> None:
        start.wait()
        try:
            answers.append(act())
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
