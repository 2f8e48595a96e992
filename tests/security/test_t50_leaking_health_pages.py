"""Threat 50: a health or metrics page that tells strangers versions, names or queries."""

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from pytest_django import Settings

from tests.factories import browser, person
from tests.steps.staff import staff

pytestmark = pytest.mark.django_db
PROBES = ("/api/health", "/api/health/live", "/api/ready")


def everybody() -> list[Client]:
    return [Client(), browser(person("Bo")), Client(headers={"Authorization": "Bearer wrong"})]


def test_probes_tell_strangers_one_word(settings: Settings) -> None:
    settings.MONITORING_TOKEN = "a-token"
    for client in everybody():
        for path in PROBES:
            answer = client.get(path)
            assert answer.json() == {"status": "ok"}
            assert configured.VERSION not in str(answer.headers)


def test_staff_and_the_token_read_more() -> None:
    assert set(browser(staff()).get("/api/health").json()) > {"status"}


def test_metrics_do_not_exist_for_strangers(settings: Settings) -> None:
    settings.PRODUCTION, settings.MONITORING_TOKEN = True, "a-token"
    for client in everybody():
        assert client.get("/metrics").status_code == 404
    body = client.get("/metrics", headers={"Authorization": "Bearer a-token"}).content.decode()
    for name in ("ada", "bo", "SELECT", connection.settings_dict["NAME"], configured.SECRET_KEY):
        assert f" {name}" not in body
        assert f'"{name}"' not in body


def test_no_answer_names_the_software_of_the_server() -> None:
    for path in ("/", "/nothing-here/", *PROBES):
        answer = Client().get(path)
        assert not {"Server", "X-Powered-By", "Via"} & set(answer.headers)
        assert "Django" not in answer.content.decode()
        assert "Traceback" not in answer.content.decode()
