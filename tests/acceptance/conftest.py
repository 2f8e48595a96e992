"""A running server and two people for tests over HTTP and sockets."""

from collections.abc import Iterator

import pytest

from tests.people import person
from tests.realtime import serving
from tests.served import Server
from viral_engine.accounts.models import User


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a module with SERVED_BY under each of its servers, every other module under ours only."""
    if "server" in metafunc.fixturenames and hasattr(metafunc.module, "SERVED_BY"):
        metafunc.parametrize("server", metafunc.module.SERVED_BY, indirect=True, scope="module")


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Server]:
    with serving(getattr(request, "param", "uvicorn")) as running:
        yield running


@pytest.fixture
def ada(transactional_db: None) -> User:
    return person("Ada")


@pytest.fixture
def bo(transactional_db: None) -> User:
    return person("Bo")
