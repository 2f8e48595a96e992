"""A running server and two people, for tests over HTTP and sockets."""

from collections.abc import Iterator

import pytest

from tests.factories import person
from tests.servers import Server
from tests.sockets import serving
from tests.steps.browser import chromium, gallery
from viral_engine.accounts.models import User

__all__ = ["chromium", "gallery"]  # fixtures for tests of this folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try a module that says SERVED_BY under each of these servers, every other one under ours alone."""
    if "server" in metafunc.fixturenames and hasattr(metafunc.module, "SERVED_BY"):
        metafunc.parametrize("server", metafunc.module.SERVED_BY, indirect=True, scope="module")


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Server]:
    """The module's own server, with the module's own WAITS of presence where it names them (tests.short_waits)."""
    with serving(getattr(request, "param", "uvicorn"), waits=getattr(request.module, "WAITS", None)) as running:
        yield running


@pytest.fixture
def ada(transactional_db: None) -> User:
    return person("Ada")


@pytest.fixture
def bo(transactional_db: None) -> User:
    return person("Bo")
