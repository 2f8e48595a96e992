"""Threat 49: strangers and pupils find the admin, the on-call page, a dashboard or the metrics."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from pytest_django import Settings

from tests.factories import browser, person
from tests.security.routes import every_path
from tests.sockets import cookies_of
from tests.steps.staff import staff, superuser, with_app
from viral_engine.kernel.clock import now
from viral_engine.kernel.networks import is_inside, parse_networks
from viral_engine.staff import sockets
from viral_engine.staff.pages import is_internal_page, is_staff_page

STAFF_PAGES = [path for path in every_path() if is_internal_page(path)]
OUTSIDE, INSIDE = "198.51.100.7", "192.0.2.77"


def views(resolver: URLResolver, prefix: str = "/") -> list[tuple[str, Callable[..., Any]]]:
    found = []
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern).lstrip("^")
        found += views(entry, path) if isinstance(entry, URLResolver) else [(path, entry.callback)]
    return found


def test_every_view_for_staff_lies_behind_the_door() -> None:
    """The decorator of staff views is found in the URL conf, wherever a new one is mounted."""
    guarded = []
    for path, view in views(get_resolver()):
        layers = [view]
        while hasattr(layers[-1], "__wrapped__"):
            layers.append(layers[-1].__wrapped__)
        made_by = [layer.__code__.co_qualname for layer in layers if hasattr(layer, "__code__")]
        if any(name.startswith("staff_required") for name in made_by):
            guarded.append(path)
    assert len(guarded) > 20
    assert [path for path in guarded if not is_staff_page(path)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["", "student", "parent", "tutor"])
def test_a_stranger_and_a_member_get_404_on_every_page_of_staff(role: str, settings: Settings) -> None:
    settings.PRODUCTION = True  # in development this machine reads the metrics
    client = browser(person("Bo", age=40, role=role) if role else None)
    assert len(STAFF_PAGES) > 150
    for path in STAFF_PAGES:
        assert (client.get(path).status_code, client.post(path).status_code) == (404, 404), path


@pytest.mark.django_db
def test_outside_the_allowed_networks_nothing_of_it_exists(settings: Settings) -> None:
    settings.ADMIN_ALLOWED_NETWORKS = parse_networks(["192.0.2.0/24", "2001:db8::/32"])
    settings.MONITORING_TOKEN = "a-token"
    client = browser(superuser())
    for path in STAFF_PAGES:
        assert client.get(path, REMOTE_ADDR=OUTSIDE).status_code == 404, path
    bearer = {"Authorization": "Bearer a-token"}
    assert client.get("/metrics", headers=bearer, REMOTE_ADDR=OUTSIDE).status_code == 404
    assert client.get("/api/health", headers=bearer, REMOTE_ADDR=OUTSIDE).json() == {"status": "ok"}
    for path in ("/admin/", "/monitoring/", "/dashboard/", "/metrics"):
        assert client.get(path, REMOTE_ADDR=INSIDE).status_code == 200, path


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hops", "forwarded", "status"),
    [(0, INSIDE, 404), (1, f"{INSIDE}, {OUTSIDE}", 404), (1, f"{OUTSIDE}, {INSIDE}", 200), (1, "", 404)],
)
def test_a_forged_header_opens_no_network(settings: Settings, hops: int, forwarded: str, status: int) -> None:
    settings.ADMIN_ALLOWED_NETWORKS = parse_networks(["192.0.2.0/24"])
    settings.TRUSTED_PROXY_HOPS = hops
    client = browser(superuser())
    answer = client.get("/admin/", headers={"x-forwarded-for": forwarded}, REMOTE_ADDR=OUTSIDE)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("address", "is_in"),
    [
        ("192.0.2.1", True),
        ("::ffff:192.0.2.1", True),
        ("2001:db8::9", True),
        ("192.0.3.1", False),
        ("", False),
        ("unknown", False),
        ("192.0.2.1, 6.6.6.6", False),
        ("192.0.2.1:8000", False),
    ],
)
def test_an_address_is_inside_or_not(address: str, is_in: bool) -> None:
    assert is_inside(address, parse_networks(["192.0.2.0/24", " 2001:db8::/32", ""])) is is_in


# -- The sockets of live staff pages ---------------------------------------------------------------------------
def scope_of(client: Client, address: str = INSIDE) -> dict[str, Any]:
    return {"client": (address, 5000), "headers": [(b"cookie", cookies_of(client).encode())]}


@pytest.mark.django_db
def test_a_live_page_opens_under_the_rules_of_its_http_page(settings: Settings) -> None:
    ada = staff()
    client = browser(ada)
    at = now()
    left_s = sockets.staff_seconds(scope_of(client), client.session, at)
    assert 29 * 60 < left_s <= 30 * 60
    assert sockets.staff_seconds(scope_of(client), browser(person("Bo")).session, at) == 0
    settings.STAFF_MFA_REQUIRED = True
    with_app(ada)
    assert sockets.staff_seconds(scope_of(client), client.session, at) == 0
    settings.STAFF_MFA_REQUIRED = False
    settings.ADMIN_ALLOWED_NETWORKS = parse_networks(["192.0.2.0/24"])
    assert sockets.staff_seconds(scope_of(client, OUTSIDE), client.session, at) == 0
    assert sockets.staff_seconds(scope_of(client), client.session, at) > 0
