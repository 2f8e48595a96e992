"""The on-call page in a browser: empty and full, phone and desktop, light and dark."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site, empty_database, free_port, launched
from tests.steps.browser import arrive, contrast

pytestmark = pytest.mark.browser
DESK = {"width": 1280, "height": 900}

EMPTY = """
from monitoring.models import AgentState, Alert, HealthCheck, Silence
for model in (Alert, HealthCheck, AgentState, Silence):
    model.objects.all().delete()
"""
EIGHT_HOURS = """
import math
from datetime import timedelta
from monitoring.alerts import services
from monitoring.rules import Finding
from monitoring.models import AgentState, HealthCheck
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
HealthCheck.objects.all().delete()
at = now()
def check(number):
    when, wave, asked = at - timedelta(seconds=30 * (1000 - number)), 1 + math.sin(number / 60), not 300 < number < 360
    return HealthCheck(
        slot=when, at=when, decisions_per_s=2 * wave, loops_per_s=wave / 2,
        latency_avg_ms=40 + 30 * wave if asked else None, latency_p95_ms=60 + 60 * wave if asked else None,
        requests=300, errors=9 if 700 < number < 740 else 0, people=int(20 * wave), experiments=2,
        queue_depth=int(4 * wave), database_ms=1.2, redis_ms=0.4, took_ms=21,
    )
HealthCheck.objects.bulk_create(check(number) for number in range(1001))
def so(key, severity, title, detail):
    return Finding(key, severity, title, firing=True, detail=detail)
ended = so("redis", "critical", "Redis does not answer", "Sockets, limits and jobs need it.")
for finding in (ended, Finding("redis", "critical", "", firing=False), Finding("redis", "critical", "", firing=False)):
    services.observe(findings=[finding], at=at - timedelta(hours=2))
services.observe(findings=[
    so("agent:orchestrator", "critical", "Orchestrator is failing", "5 of its last 5 decisions failed."),
    so("queue", "warning", "Work is piling up", "812 tasks wait at the broker, 3 deliveries in the outbox."),
], at=at - timedelta(minutes=4))
states = [
    ("Orchestrator", "failing", "5 of its last 5 decisions failed."), ("Trust & Safety", "ok", ""),
    ("Attribution", "idle", ""), ("Incentives & Economy", "slow", "181 ms on average; it may take 150 ms."),
]
AgentState.objects.bulk_create(
    AgentState(
        name=title, title=title, state=state, reason=reason, decisions=0 if state == "idle" else 12,
        latency_avg_ms=None if state == "idle" else 31, probe_ms=4, checked_at=at,
    )
    for title, state, reason in states
)
admin = User.objects.get(username="admin")
services.silence(key="parked", lasts=timedelta(hours=4), by=admin, at=at)
"""


def look(page: Page, scheme: str, size: dict[str, int] | None = None) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    if size is not None:
        page.set_viewport_size({"width": size["width"], "height": size["height"]})


def reopen(page: Page) -> None:
    """Reload with a silent socket, so that no element is replaced during the checks."""
    page.route_web_socket(re.compile("/live/"), lambda _: None)
    page.reload()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, seeded_database: str) -> Iterator[Site]:
    """A seeded site without a worker, so that rows written by a test stay unchanged."""
    with empty_database(tmp_path_factory.mktemp("quiet"), "quiet", seeded_database) as url:
        environment = os.environ | {"DATABASE_URL": url, "REDIS_URL": "", "LOG_LEVEL": "CRITICAL"}
        port = free_port()
        environment["SITE_URL"] = f"http://127.0.0.1:{port}"
        with launched(["manage.py", "web", "--port", str(port)], port=port, environment=environment) as server:
            yield (running := Site(server.url, environment, server.process))
            running.stop_runner()


@pytest.fixture
def oncall(quiet: Site, phone: Callable[[], Page]) -> Page:
    return logged_in(quiet, phone())


def logged_in(site: Site, page: Page) -> Page:
    arrive(page, site, "admin", "/monitoring/")
    expect(page.get_by_role("heading", name="Monitoring")).to_be_visible()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desk"])
def test_an_empty_page_says_what_to_start(quiet: Site, oncall: Page, gallery: Path, scheme: str, device: str) -> None:
    quiet.ask(EMPTY)
    look(oncall, scheme, DESK if device == "desk" else None)
    reopen(oncall)
    expect(oncall.get_by_text("No check has run yet: is the worker running?")).to_be_visible()
    oncall.screenshot(path=gallery / f"70-monitoring-empty-{device}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desk"])
def test_a_full_page_shows_what_is_wrong_first(
    quiet: Site, oncall: Page, gallery: Path, scheme: str, device: str
) -> None:
    quiet.ask(EMPTY)
    quiet.ask(EIGHT_HOURS)
    look(oncall, scheme, DESK if device == "desk" else None)
    reopen(oncall)
    expect(oncall.get_by_role("heading", name="Orchestrator is failing")).to_be_visible()
    assert contrast(oncall, ".alarm.critical .what p") >= 4.5
    assert contrast(oncall, ".alarm.warning .what .muted") >= 4.5
    assert contrast(oncall, ".alarm .chip") >= 4.5
    assert contrast(oncall, ".acts .button") >= 4.5
    assert contrast(oncall, ".vital dt") >= 4.5
    oncall.screenshot(path=gallery / f"71-monitoring-full-{device}-{scheme}.png", full_page=True)


def test_the_page_fits_the_smallest_phone(quiet: Site, oncall: Page) -> None:
    quiet.ask(EMPTY)
    quiet.ask(EIGHT_HOURS)
    oncall.set_viewport_size({"width": 320, "height": 640})
    reopen(oncall)
    expect(oncall.get_by_role("heading", name="Work is piling up")).to_be_visible()
    assert oncall.evaluate("document.documentElement.scrollWidth") == 320


def test_actions_reach_other_pages_and_work_by_keyboard(quiet: Site, oncall: Page, phone: Callable[[], Page]) -> None:
    quiet.ask(EMPTY)
    quiet.ask(EIGHT_HOURS)
    other = logged_in(quiet, phone())
    oncall.reload()
    expect(other.get_by_role("heading", name="Work is piling up")).to_be_visible()
    mine = oncall.get_by_role("button", name="Acknowledge: Work is piling up")
    mine.focus()
    oncall.keyboard.press("Enter")
    for page in (oncall, other):
        alarm = page.locator(".alarm", has_text="Work is piling up")
        expect(alarm.get_by_text("Acknowledged by admin.")).to_be_visible()
        expect(alarm.get_by_role("button", name=re.compile("Acknowledge:"))).to_have_count(0)
    alarm = oncall.locator(".alarm", has_text="Work is piling up")
    alarm.get_by_label("Hours of silence").select_option("4")
    alarm.get_by_role("button", name="Silence").click()
    expect(other.get_by_text("Notifications about queue are off until")).to_be_visible()
    other.get_by_role("button", name="End the silence: queue").click()
    expect(oncall.get_by_text("Notifications about queue are off until")).to_have_count(0)


def test_an_open_page_shows_the_workers_check(site: Site, phone: Callable[[], Page]) -> None:
    """Beat, broker and worker run in the single process; the page is not reloaded."""
    page = logged_in(site, phone())
    expect(page.get_by_text("Healthy").first).to_be_visible(timeout=60_000)


def test_a_change_on_the_page_leaves_what_somebody_is_about_to_do(quiet: Site, oncall: Page) -> None:
    """The text of an alert changes with every check; the hours chosen for silence stay."""
    quiet.ask(EMPTY)
    quiet.ask(EIGHT_HOURS)
    oncall.reload()
    alarm = oncall.locator(".alarm", has_text="Work is piling up")
    alarm.get_by_label("Hours of silence").select_option("24")
    quiet.ask("from monitoring.models import Alert; Alert.objects.filter(key='queue').update(detail='900 wait.')")
    expect(alarm.get_by_text("900 wait.")).to_be_visible(timeout=15_000)
    expect(alarm.get_by_label("Hours of silence")).to_have_value("24")
    alarm.get_by_role("button", name="Silence").click()
    expect(oncall.get_by_text("Notifications about queue are off until")).to_be_visible()
