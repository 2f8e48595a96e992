"""A running server, and two people, for tests that go through every door."""

from collections.abc import Iterator

import pytest

from tests.people import person
from tests.realtime import serving
from tests.served import Server
from tests.steps.browser import chromium, gallery
from viral_engine.accounts.models import User

__all__ = ["chromium", "gallery"]  # fixtures for tests of this folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module that says SERVED_BY is tried under each of these servers, else under ours alone."""
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
