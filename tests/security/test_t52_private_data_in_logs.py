"""Threat 52: names, mailboxes, passwords or forged lines in the log."""

import json
import logging

import pytest
from django.test import Client

from tests.factories import browser, person
from tests.log_capture import Lines
from tests.steps.admin import give_reason
from tests.steps.staff import staff, superuser, with_app

pytestmark = pytest.mark.django_db
CANARY = "canaryquux"
MAILBOX = f"{CANARY}@example.com"


def test_a_canary_typed_everywhere_reaches_no_line(lines: Lines) -> None:
    bo = person(CANARY.title(), email=MAILBOX)
    secret = with_app(staff("Cy"))
    stranger, member, root = Client(), browser(bo), browser(superuser())
    stranger.post("/accounts/login/", {"login": MAILBOX, "password": CANARY})
    stranger.post("/accounts/password/reset/", {"email": MAILBOX})
    stranger.post("/accounts/login/code/", {"email": MAILBOX})
    stranger.get(f"/r/{CANARY}?utm_source={MAILBOX}", headers={"user-agent": CANARY, "referer": f"https://{CANARY}/"})
    stranger.get(f"/{CANARY}/{MAILBOX}")
    member.post("/accounts/friends/", {"q": CANARY})
    member.post("/accounts/password/change/", {"oldpassword": CANARY, "password1": CANARY, "password2": CANARY})
    root.get(f"/admin/accounts/user/?q={CANARY}&birthdate__year=99999")
    give_reason(root, f"/admin/accounts/user/{bo.pk}/change/")
    root.post(f"/admin/accounts/user/{bo.pk}/change/", {"username": CANARY})
    written = json.dumps([{**line, "request_id": ""} for line in lines()]).lower()
    assert "request_finished" in written
    assert [line for line in lines() if CANARY in json.dumps(line).lower()] == []
    for private in (CANARY, MAILBOX, "correct-horse", secret.lower()):
        assert private not in written


def test_a_typed_line_break_makes_no_line_of_its_own(lines: Lines) -> None:
    logging.getLogger("site").warning('typed: x\n{"event": "forged", "level": "critical"}\r\x1b[31m')
    [line] = lines()
    assert line["level"] == "warning"
    assert "forged" in line["event"]
    Client().get('/x%0a{"event":"forged"}')
    assert "forged" not in {line["event"] for line in lines()}
