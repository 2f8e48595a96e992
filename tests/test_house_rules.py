"""Rules of the house that no linter knows. A list of exceptions here only shrinks."""

import ast
import re
import statistics
import subprocess

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.factories import browser
from tests.house_style import FOUND, OURS, ROOT, SOURCES, TEMPLATES, TESTS, imported, sleeps
from tests.house_words import BUDGETS, LONG_SLEEPS

MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 45
MAX_SLEEP_S = 0.2
# Exceptions, each with its reason.
LONG_FUNCTIONS = {
    "grant_reward": "one insert with nine facts, each on a line",
    "_settle": "one claim with its guards",
}


def functions() -> list[tuple[str, int]]:
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                doc = node.body[0] if ast.get_docstring(node) else None
                doc_lines = (doc.end_lineno or 0) - doc.lineno + 1 if doc else 0
                found.append((node.name, (node.end_lineno or 0) - node.lineno + 1 - doc_lines))
    return found


def test_files_and_functions_stay_small() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}
    assert statistics.median(lengths.values()) <= 120
    sizes = [size for _, size in functions()]
    assert statistics.median(sizes) <= 10
    assert statistics.quantiles(sizes, n=10)[-1] <= 30
    too_long = {name: size for name, size in functions() if size > MAX_FUNCTION_LINES}
    assert set(too_long) <= set(LONG_FUNCTIONS)


def test_nothing_unfinished_is_called_done() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|assert True\b|pass  *# *stub")
    found = [str(path.relative_to(ROOT)) for path in SOURCES if pattern.search(path.read_text())]
    assert found == []


def test_no_model_signals_and_no_rooms_without_a_name() -> None:
    text = {path: path.read_text() for path in SOURCES}
    assert [path for path, code in text.items() if "django.db.models.signals" in code] == []
    homeless = {"utils", "helpers", "managers", "mixins", "selectors", "common", "misc"}
    assert [path for path in SOURCES if path.stem in homeless] == []


def test_no_user_text_escapes_escaping_and_no_page_has_inline_code() -> None:
    unsafe = re.compile(r"\|\s*safe\b|autoescape off|mark_safe|hx-on|javascript:| on\w+=| style=")
    found = [str(path.relative_to(ROOT)) for path in TEMPLATES if unsafe.search(path.read_text())]
    assert found == []
    assert [path for path in SOURCES if "mark_safe(" in path.read_text()] == []


def test_every_model_is_in_the_admin_with_search_and_filters() -> None:
    models = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]
    assert len(models) > 25
    for model in models:
        registered = admin.site._registry.get(model)
        assert registered is not None, model
        assert registered.search_fields, model
        assert registered.list_filter, model


def test_queries_save_named_fields() -> None:
    """`save()` without `update_fields` overwrites what another process wrote meanwhile."""
    bare = re.compile(r"\b(?!super\(\))\w+\.save\(\)")
    found = [f"{path.relative_to(ROOT)}: {match}" for path in SOURCES for match in bare.findall(path.read_text())]
    assert found == ["viral_engine/accounts/services/sign_up.py: user.save()"]  # an insert


def test_only_the_clock_says_which_day_an_instant_belongs_to() -> None:
    """`at.date()` is a day in UTC, while ages, streaks and caps follow the site's day: `kernel.clock.today(at)`."""
    of_the_clock = re.compile(r"\.date\(\)|\blocaldate\b|\bdate\.today\(")
    found = [str(path.relative_to(ROOT)) for path in SOURCES if of_the_clock.search(path.read_text())]
    assert found == ["viral_engine/kernel/clock.py"]


def test_csv_is_written_in_one_place() -> None:
    """`viral_engine/csv_lines.py` guards every cell; a second writer would forget to."""
    writes = re.compile(r"\bimport csv\b|\bfrom csv\b|csv\.(?:writer|DictWriter)")
    found = [str(path.relative_to(ROOT)) for path in SOURCES if writes.search(path.read_text())]
    assert found == ["viral_engine/csv_lines.py"]


def test_a_lost_database_is_caught_whole() -> None:
    """Django's DatabaseError leaves out InterfaceError, which a closed connection raises: catch `django.db.Error`."""
    partly = re.compile(r"\bDatabaseError\b")
    assert [str(path.relative_to(ROOT)) for path in SOURCES if partly.search(path.read_text())] == []


# Where a raw name is read: by the person, their family, their tutor or staff, or to find names in text.
READS_RAW_NAMES = (
    "viral_engine/accounts/models/",
    "viral_engine/accounts/rules.py",
    "viral_engine/accounts/queries.py",  # `public_name_of`, with its rule
    "viral_engine/accounts/viewer_profiles.py",  # with the rule of `peer_name`
    "viral_engine/accounts/services/",  # they write it
    "viral_engine/accounts/views/children.py",
    "viral_engine/accounts/forms.py",
    "viral_engine/accounts/family_forms.py",
    "viral_engine/accounts/admin.py",
    "viral_engine/accounts/personal_data.py",
    "viral_engine/staff/",
    "viral_engine/seed.py",
    "viral_engine/simulated_peers.py",
    "viral_engine/api/",  # a company's own systems
    "viral_engine/learning/",  # a tutor's students
    "leaderboards/models/standing.py",  # columns to load
    "loops/core/question_help.py",  # the family's ledger
    "loops/proud_parent/",
    "loops/session_intelligence/",
    "loops/tutor_spotlight/",  # tutors are adults
    "monitoring/demo/",
    "monitoring/loadtest/",
    "templates/accounts/child.html",
    "templates/accounts/family",
    "templates/home_adult.html",
    "templates/learning/_child_week.html",  # for the parent
    "templates/learning/home.html",
    "templates/learning/session",
    "templates/loops/proud_parent/recap",
    "templates/loops/session_intelligence/prep.html",
    "templates/loops/tutor_spotlight/bookings.html",
)


def test_what_other_learners_read_has_no_raw_name() -> None:
    """`peer_name` and `display_name` know the rule of disclosure; a column does not."""
    raw = re.compile(r"\b(?:first_name|last_name|private_name)\b|__first_name\b|get_full_name|get_short_name")
    found = [str(path.relative_to(ROOT)) for path in (*SOURCES, *TEMPLATES) if raw.search(path.read_text())]
    assert [path for path in found if not path.startswith(READS_RAW_NAMES)] == []
    assert [start for start in READS_RAW_NAMES if not any(path.startswith(start) for path in found)] == []


def addresses(resolver: URLResolver, prefix: str = "/") -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern).lstrip("^")
        found += addresses(entry, path) if isinstance(entry, URLResolver) else [path]
    return found


EXAMPLES = {
    "uuid": "0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11",
    "id": "1",
    "topic_slug": "algebra",
    "slug": "algebra",
    "str": "nothing.0000000000000000",
}


def our_paths() -> list[str]:
    # Cookies open nothing under /api/v1: its own test asks with a session and without a key.
    skip = ("/admin/", "/accounts/", "/api/v1/")
    ours = [path for path in addresses(get_resolver()) if not path.startswith(skip)]
    return [re.sub(r"<(\w+):\w+>", lambda match: EXAMPLES[match[1]], path) for path in ours]


@pytest.mark.django_db
@pytest.mark.parametrize("path", our_paths())
def test_a_post_without_a_token_is_refused(path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    staff = get_user_model().objects.create_superuser("admin", "admin@example.com", "correct-horse-9")
    strict.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")  # strangers get 404
    assert strict.post(path).status_code in {403, 405}


@pytest.mark.django_db
@pytest.mark.parametrize("path", our_paths())
def test_every_page_carries_the_headers_of_the_house(path: str) -> None:
    response = Client().get(path)
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] in {"private, no-store", "no-store"}


@pytest.mark.django_db
def test_the_admin_opens_every_list_for_staff_and_none_for_others() -> None:
    staff = get_user_model().objects.create_superuser("admin", "admin@example.com", "correct-horse-9")
    client = browser(staff)
    lists = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    assert {path: client.get(path).status_code for path in lists} == dict.fromkeys(lists, 200)
    assert {Client().get(path).status_code for path in lists} == {404}


def test_lock_files_and_sources_name_no_host() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    wanted = [name for name in tracked if name.endswith((".lock", ".toml", ".json", ".txt", ".cfg", ".yml"))]
    pattern = re.compile(r"index-url|\"resolved\"|https?://[^\s\"]*(?:/simple|/packages/)")
    assert [name for name in wanted if pattern.search((ROOT / name).read_text())] == []


# -- Names, words and tests: the lists are in tests/house_words.py, the search in tests/house_style.py --------
@pytest.mark.parametrize("kind", FOUND)
def test_what_is_left_of_the_old_only_shrinks(kind: str) -> None:
    found = FOUND[kind]()
    assert len(found) <= BUDGETS[kind], "\n".join(found)


def test_no_test_module_is_imported() -> None:
    """Helpers that several need live in tests/factories.py, tests/steps or a support module."""
    is_of_tests = re.compile(r"tests\.(?:\w+\.)*(?:test_\w+|conftest)\b")
    found = [
        f"{path.relative_to(ROOT)}: {name}" for path in TESTS for name in imported(path) if is_of_tests.match(name)
    ]
    assert found == []


def test_tests_wait_for_conditions_and_sleep_only_with_a_reason() -> None:
    long = {name for name, seconds in sleeps().values() if seconds > MAX_SLEEP_S}
    assert long == set(LONG_SLEEPS)
