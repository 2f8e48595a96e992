import pytest
from django.db import OperationalError, connection
from django.test import Client


@pytest.mark.django_db
def test_health_is_ok_and_tells_strangers_nothing_more() -> None:
    response = Client().get("/api/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_health_is_503_while_the_database_is_away() -> None:
    def away(*_: object) -> None:
        raise OperationalError("the database system is shutting down")

    with connection.execute_wrapper(away):
        response = Client().get("/api/health")
    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})
