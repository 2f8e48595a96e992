import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker, Settings

from experiments.services.assignment import clear_assignment_cache
from experiments.services.exposure import clear_exposure_cache
from experiments.services.phase_cache import prime_empty_phase_cache
from loops.models import Loop
from tests.flush import empty_tables
from tests.log_capture import lines
from tests.servers import database_url, seeded_database, site
from viral_engine.kernel import circuit_breaker
from viral_engine.kernel.circuit_breaker import reset_breakers
from viral_engine.kernel.row_cache import clear_row_caches
from viral_engine.learning.models import Skill, Subject
from viral_engine.learning.services.catalogue import load_catalogue
from viral_engine.webhooks.services.endpoints import subscribed_types

__all__ = ["database_url", "lines", "seeded_database", "site"]  # fixtures for every test

TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]

# Thirteen of the bank's skills: the others are tested without a database (tests/learning/test_question_bank.py).
SKILLS = frozenset(
    [
        "algebra",
        "geometry",
        "fractions",
        "percentages",
        "integers",
        "main-idea",
        "inference",
        "vocabulary",
        "grammar",
        "life-science",
        "earth-space",
        "forces-energy",
        "matter",
    ]
)
IN_CI = os.environ.get("CI") == "true"
os.environ.setdefault("OUTBOX_EAGER", "true")  # of the processes that tests start without a relay
CLIENTS = Path(__file__).parent / "clients"
SERVICES = os.environ.get("TEST_SERVICES", "absent")
# `make test` divides the suite (tests/run.py). No database can change the tests of "once": pure functions, the looks of
# pages, which routes answer whom, simulations of people, other servers. "faults" waits until dead processes are missed.
PARTS = {
    "once": (
        "acceptance/test_consent.py",
        "acceptance/test_k_factor.py",
        "acceptance/test_servers.py",
        "accounts/test_rules.py",
        "browser/test_",
        "charts/",
        "experiments/analysis/",
        "kernel/text/",
        "loops/media/",
        "loops/session_intelligence/test_provider.py",
        "regressions/test_intervals_agree.py",
        "regressions/test_robots.py",
        "security/test_h08_farms.py",
        "security/test_t17_forged_forms.py",
        "security/test_t41_prompt_injection.py",
        "security/test_t49_staff_pages.py",
        "test_house_rules.py",
    ),
    "faults": ("acceptance/test_presence_faults.py", "acceptance/test_rolling_deploy.py", "faults/"),
}
TWICE = ("browser/test_buddy_challenge.py",)  # one whole loop in a browser on each database
OTHER_SERVERS = ("[daphne", "[stock")
SERVED_BY_OTHERS = ("acceptance/test_presence.py", "acceptance/test_live_pages.py")  # their tests are of two parts
ONLY = os.environ.get("TEST_ONLY", "")
WITHOUT = os.environ.get("TEST_WITHOUT", "").split()


def part_of_module(path: str) -> str:
    """The part a test module belongs to; "" for modules that run on each database."""
    if path.startswith(TWICE):
        return ""
    return next((part for part, starts in PARTS.items() if path.startswith(starts)), "")


def part_of(item: pytest.Item) -> str:
    path = item.nodeid.removeprefix("tests/")
    if any(server in path for server in OTHER_SERVERS) and not item.get_closest_marker("services"):
        return "once"
    return part_of_module(path)


def is_of_this_run(part: str) -> bool:
    return part == ONLY if ONLY else part not in WITHOUT


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Do not even import the modules of other parts of `make test`."""
    if not collection_path.name.startswith("test_") or collection_path.suffix != ".py":
        return None
    path = str(collection_path.relative_to(Path(__file__).parent))
    return None if path in SERVED_BY_OTHERS or is_of_this_run(part_of_module(path)) else True


def is_elsewhere(item: pytest.Item) -> bool:
    """Whether another part of `make test` runs the test."""
    if item.get_closest_marker("services") and SERVICES == "follow":
        return True
    return not is_of_this_run(part_of(item))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of this part; skip tests that need PostgreSQL, Redis or a browser where there is none."""
    kept, left = [], []
    for item in items:
        if is_elsewhere(item):
            left.append(item)
            continue
        if item.get_closest_marker("services") and SERVICES == "absent":
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL and Redis: run `make test` where they answer"))
        if item.get_closest_marker("browser") and not shutil.which("chromium"):
            if IN_CI:
                raise pytest.UsageError("CI needs chromium, and it is not installed")
            item.add_marker(pytest.mark.skip(reason="needs chromium on the path"))
        kept.append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Commit without waiting for the disk: the test database outlives no crash of its server anyway."""
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")  # of connections to come
            cursor.execute("SET synchronous_commit = off")


@pytest.fixture(autouse=True)
def quick_and_clean(settings: Settings) -> Iterator[None]:
    """Hash passwords cheaply, and start each test with empty caches."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.OUTBOX_EAGER = True
    settings.REDRAW_EVERY_S = 0.0  # in the test's own thread, which sees its transaction
    settings.DELETION_LOG = ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    prime_empty_phase_cache()
    clear_assignment_cache()
    clear_exposure_cache()
    reset_breakers()
    clear_row_caches()
    subscribed_types.start_with(frozenset())
    yield
    cache.clear()


@pytest.fixture
def at() -> datetime:
    """A Wednesday afternoon, the same in every test."""
    return datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(request: pytest.FixtureRequest) -> None:
    """Load a part of the real question bank, and the Buddy Challenge row that flushing removed."""
    request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    load_catalogue(SKILLS)
    defaults = {"title": "Buddy Challenge", "expected_k": 0.35, "cooldown_s": 3600, "min_score": 60}
    Loop.objects.get_or_create(name="buddy_challenge", defaults=defaults)


@pytest.fixture
def algebra(catalogue: None) -> Skill:
    return Skill.objects.select_related("subject").get(slug="algebra")


@pytest.fixture
def math(algebra: Skill) -> Subject:
    return algebra.subject


@pytest.fixture
def stopped_clock() -> Iterator[None]:
    """Stop the clock, so that no rate-limit window ends during the test."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


@pytest.fixture
def instant_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Agents take no time, so that a busy machine degrades no decision."""
    monkeypatch.setattr(circuit_breaker, "perf_counter", lambda: 0.0)


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Callable[..., object]) -> Callable[[], object]:
    """`with committed():` runs after-commit callbacks, as a real commit does."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    """Install the npm packages of tests/clients and return their folder; without node, skip, and in CI fail."""
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing:
        (pytest.fail if IN_CI else pytest.skip)(f"needs {' and '.join(missing)} on the path")
    with (CLIENTS / "package.json").open() as one_at_a_time:  # parts of `make test` run side by side
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        install_npm_packages()
    return CLIENTS / "node_modules"


def install_npm_packages() -> None:
    if (CLIENTS / "node_modules" / ".package-lock.json").exists():
        return
    installed = subprocess.run(
        ["npm", "ci", "--ignore-scripts"], cwd=CLIENTS, capture_output=True, text=True, check=False
    )
    if installed.returncode:
        (pytest.fail if IN_CI else pytest.skip)(f"npm could not install the clients: {installed.stderr[-300:]}")
