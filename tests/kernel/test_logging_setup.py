"""Log lines are JSON with the ids that join them, and hold nobody's name, mailbox, address or token."""

import json
import logging
import logging.config
from datetime import datetime

import pytest
import structlog
from django.db import IntegrityError, transaction
from django.test import Client
from django_structlog.celery.receivers import CeleryReceiver
from pytest_django import Settings

from loops.core.links import token_for
from tests.factories import browser, challenge_of, person
from tests.log_capture import Lines
from viral_engine.accounts.models import User
from viral_engine.kernel.logging_setup import PERIODIC_LOGGERS, logging_config, scrub
from viral_engine.kernel.request_log import REQUEST_ID
from viral_engine.kernel.tasks import deliver_outbox
from viral_engine.learning.models import Skill

ADDRESS = "203.0.113.77"


@pytest.mark.parametrize(
    "private",
    [
        "ada@example.com",
        "ada.lovelace+school@mail.example.com",
        "203.0.113.77",
        "2001:db8:0:0:0:ff00:42:8329",
        "fe80:::1",
        "eyJ1IjoxfQ:1tHcQz:5xQv2GkPqv3cPq8dN7o2yXw4kZs1aB6cD8eF0gH2iJ4",
        "aB3dE6gH.0123456789abcdef",
        "sessionid=abc123",
        "token=abc",
        '"password": "correct-horse-9"',
        "Authorization: Bearer abc",
        "dGhpcyBpcyBub3QgYSBzZWNyZXQ0",
    ],
)
def test_what_tells_who_somebody_is_or_opens_a_door_is_left_out(private: str) -> None:
    assert scrub(f"before {private} after") == "before [left out] after"


@pytest.mark.parametrize(
    ("private", "kind"), [("(555) 123-4567", "phone"), ("123-45-6789", "id"), ("12 Maple Street", "address")]
)
def test_numbers_of_people_are_replaced_by_their_kind(private: str, kind: str) -> None:
    assert scrub(f"before {private} after 1234 ms") == f"before [{kind}] after 1234 ms"


@pytest.mark.parametrize(
    "plain",
    [
        "prompt for user 7 lost the race",
        "delivery 12 to viral_engine.safety.services.review_sign_up failed",
        "2026-11-21T10:00:00.123456Z took 12:30:45",
        "attempt 0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11",
        "python 3.11.2 at /srv/site/viral_engine/kernel/services.py",
    ],
)
def test_what_helps_to_understand_stays(plain: str) -> None:
    assert scrub(plain) == plain


def test_a_database_s_quotation_of_a_row_is_left_out() -> None:
    detail = "DETAIL:  Key (username)=(ada) already exists."
    assert scrub(detail) == "DETAIL:  Key (username)=([left out]) already exists."


def test_only_known_fields_are_written(lines: Lines) -> None:
    structlog.get_logger("site").warning("hello", user_agent="Mozilla", ip=ADDRESS, code=200)
    [line] = lines()
    assert sorted(line) == ["code", "event", "level", "logger", "timestamp"]


@pytest.mark.django_db
def test_a_request_has_one_id_on_every_line_and_is_named_by_its_route(
    algebra: Skill, at: datetime, lines: Lines
) -> None:
    ada = person("Ada")
    link = challenge_of(ada, algebra, at)
    client = browser(ada)
    token = token_for(link, "link")
    client.get(f"/r/{token}?utm_source=ada@example.com", REMOTE_ADDR=ADDRESS)
    client.get(f"/r/{token[:-1]}x", REMOTE_ADDR=ADDRESS)  # Django itself writes of it, path and all
    finished = [line for line in lines() if line["event"] == "request_finished"]
    assert [line["request"] for line in finished] == ["GET /r/<str:token>"] * 2
    for done in finished:
        together = [line["event"] for line in lines() if line.get("request_id") == done["request_id"]]
        assert together[0] == "request_started"
    written = json.dumps([line | {"request_id": ""} for line in lines()])  # random letters may spell a name
    session = client.cookies["sessionid"].value
    for secret in ("ada", "Lovelace", ADDRESS, token, token.partition(".")[2], session, "example.com"):
        assert secret.lower() not in written.lower(), secret


@pytest.mark.django_db
def test_a_wrong_password_names_nobody(lines: Lines) -> None:
    person("Ada")
    Client().post("/accounts/login/", {"login": "ada@example.com", "password": "wrong-horse-9"}, REMOTE_ADDR=ADDRESS)
    written = json.dumps(lines())
    assert "request_finished" in written
    for secret in ("ada", "horse", ADDRESS):
        assert secret not in written


@pytest.mark.django_db
def test_a_traceback_is_one_line_without_the_person_in_it(lines: Lines) -> None:
    ada = person("Ada")
    try:
        with transaction.atomic():
            User.objects.create_user(username="bo", email=ada.email)
    except IntegrityError:
        logging.getLogger("site").exception("it broke for %s", ada.email)
    [line] = lines()
    assert "IntegrityError" in line["exception"]
    assert line["event"] == "it broke for [left out]"
    assert "ada@" not in json.dumps(line)


def test_a_task_s_lines_carry_its_id(lines: Lines) -> None:
    receiver, task = CeleryReceiver(), deliver_outbox
    try:
        receiver.receiver_task_prerun("0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11", task)
        logging.getLogger("site").warning("inside")
    finally:
        structlog.contextvars.clear_contextvars()
    assert [(line["event"], line["task_id"]) for line in lines()] == [
        ("inside", "0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11")
    ]


def test_a_person_at_a_console_reads_colors_and_no_json() -> None:
    made = logging_config(level="DEBUG", is_for_people=True)["formatters"]["lines"]
    assert isinstance(made["processors"][-1], structlog.dev.ConsoleRenderer)
    logging_config(level="WARNING", is_for_people=False)


@pytest.mark.django_db
def test_an_idle_site_logs_no_probes_and_no_periodic_tasks(lines: Lines, settings: Settings) -> None:
    quiet = logging_config(level="INFO", is_for_people=False)["loggers"]
    assert all(quiet[name] == {"level": "WARNING"} for name in PERIODIC_LOGGERS)
    assert CeleryReceiver.__module__.startswith("django_structlog.celery.")
    for path in ("/api/ready", "/api/health", "/api/health/live"):
        assert Client().get(path).status_code == 200
    assert [line for line in lines() if line["event"].startswith("request_")] == []


@pytest.mark.django_db
def test_the_proxy_names_a_request_and_the_answer_repeats_the_name(lines: Lines, settings: Settings) -> None:
    name = "0123456789abcdef0123456789abcdef"
    assert Client().get("/robots.txt", headers={"X-Request-ID": name})["X-Request-ID"] != name  # a stranger's
    settings.TRUSTED_PROXY_HOPS = 1
    for path in ("/robots.txt", "/api/health/live"):
        assert Client().get(path, headers={"X-Request-ID": name})["X-Request-ID"] == name
    answer = Client().get("/robots.txt", headers={"X-Request-ID": "ada@example.com"})
    assert REQUEST_ID.fullmatch(answer["X-Request-ID"])
    assert {name, answer["X-Request-ID"]} <= {line.get("request_id") for line in lines()}
    assert "ada@example.com" not in json.dumps(lines())
