import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from pytest_django import Settings

from loops.models import Loop
from tests.served import database_url, site
from viral_engine.learning.models import Skill
from viral_engine.learning.services import load_catalogue

__all__ = ["database_url", "site"]  # fixtures for every test

IN_CI = os.environ.get("CI") == "true"
SERVICES = os.environ.get("TEST_SERVICES", "absent")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs PostgreSQL or Redis waits for the run that has them; without any it is skipped, with the reason."""
    kept, left = [], []
    for item in items:
        if item.get_closest_marker("services") and SERVICES != "here":
            if SERVICES == "follow":
                left.append(item)
                continue
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL and Redis: run `make test` where they answer"))
        if item.get_closest_marker("browser") and not shutil.which("chromium"):
            if IN_CI:
                raise pytest.UsageError("CI needs chromium, and it is not installed")
            item.add_marker(pytest.mark.skip(reason="needs chromium on the path"))
        kept.append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(autouse=True)
def quick_and_clean(settings: Settings) -> Iterator[None]:
    """Passwords cost nothing, and no limiter or card is left over from the test before."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def at() -> datetime:
    """An afternoon in the middle of a week, the same in every test."""
    return datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(request: pytest.FixtureRequest) -> None:
    """The real question bank, and the loop's row, which a flushed test database has lost."""
    request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    load_catalogue()
    defaults = {"title": "Buddy Challenge", "expected_k": 0.35, "cooldown_s": 3600, "min_score": 60}
    Loop.objects.get_or_create(name="buddy_challenge", defaults=defaults)


@pytest.fixture
def algebra(catalogue: None) -> Skill:
    return Skill.objects.select_related("subject").get(slug="algebra")


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Callable[..., object]) -> Callable[[], object]:
    """`with committed():` runs what waits for the commit, as a real commit would."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
