"""Files at fixed addresses, for robots and for people who found a weakness."""

from datetime import UTC, datetime, timedelta
from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_robots_read_policies_and_follow_no_shared_link() -> None:
    answer = Client().get("/robots.txt")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    parser = RobotFileParser()
    parser.parse(answer.content.decode().splitlines())
    assert parser.can_fetch("anybot", "/privacy/")
    assert not any(parser.can_fetch("anybot", path) for path in ("/r/abc", "/feed/", "/admin/", "/accounts/login/"))


def test_security_txt_names_a_mailbox_and_has_not_expired(settings: Settings) -> None:
    settings.SECURITY_CONTACT = "security@tutoring.example"
    answer = Client().get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert lines["Contact"] == "mailto:security@tutoring.example"
    assert lines["Canonical"].endswith("/.well-known/security.txt")
    ahead = datetime.fromisoformat(lines["Expires"]) - datetime.now(UTC)
    assert timedelta(days=170) < ahead < timedelta(days=365)
