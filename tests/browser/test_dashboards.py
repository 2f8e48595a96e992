"""Dashboards as staff see them: empty and full, phone and desktop, light and dark."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import ROOT, Site, running_site
from tests.steps.browser import arrive, contrast

pytestmark = pytest.mark.browser
PAGES = {
    "overview": "",
    "k-factor": "k-factor/",
    "phase2": "phase2/",
    "attribution": "attribution/",
    "guardrails": "guardrails/",
}
SIZES = {"phone": (390, 844), "smallest": (320, 640), "desk": (1280, 900)}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a simulated school's database."""
    path = tmp_path_factory.mktemp("simulated") / "school.sqlite3"
    command = [sys.executable, "manage.py", "simulate", "--people", "500", "--keep", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "against 1.20" in done.stdout
    with running_site(f"sqlite:///{path}") as running:
        yield running


def look(page: Page, site: Site, gallery: Path, name: str) -> None:
    """Open every dashboard in every size and scheme: nothing overflows, and a screenshot is saved."""
    arrive(page, site, "admin", "/dashboard/")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for title, path in PAGES.items():
                page.goto(f"{site.url}/dashboard/{path}?days=14")
                expect(page.locator(".dash-card").first).to_be_visible()
                assert page.evaluate("document.documentElement.scrollWidth") == width, (title, size)
                page.screenshot(path=gallery / f"60-{title}-{name}-{size}-{scheme}.png", full_page=True)


def test_empty_dashboards_say_what_is_missing(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    look(page, site, gallery, "empty")
    page.goto(f"{site.url}/dashboard/")
    expect(page.get_by_text("No one has been shown this loop in these 7 days")).to_have_count(7)
    assert contrast(page, ".dash-empty") >= 4.5


def test_full_dashboards_show_the_school(full: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    look(page, full, gallery, "full")
    page.goto(f"{full.url}/dashboard/k-factor/?days=14")
    expect(page.get_by_role("heading", name="Cohort curves")).to_be_visible()
    for chart in ("K by first value", "Referees per exposed person", "From offer to reward", "K by generation"):
        expect(page.locator("figure", has_text=chart).locator("svg").first).to_be_visible()
    assert contrast(page, ".dash-tile dt") >= 4.5


UNFINISHED = """
from monitoring.models import GrowthReport
from viral_engine.kernel.clock import now
facts = {"totals": [{"name": "Sign-ups", "now": "12", "before": "9"}], "loops": [], "cohorts": "1 to 7 Jan"}
facts["uncounted"] = 12
GrowthReport.objects.create(week="2020-W01", starts_on="2019-12-30", facts=facts, made_at=now())
"""


def test_an_incomplete_report_says_so_on_every_dashboard(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    arrive(page, site, "admin", "/dashboard/")
    site.ask(UNFINISHED)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.goto(f"{site.url}/dashboard/report/2020-W01/")
            expect(page.get_by_text("12 log rows had not been counted yet")).to_be_visible()
            assert contrast(page, "main .note.warm") >= 4.5
            assert page.evaluate("document.documentElement.scrollWidth") == width, size
            page.screenshot(path=gallery / f"61-report-{size}-{scheme}.png", full_page=True)


def test_a_filter_applies_as_soon_as_it_changes(full: Site, phone: Callable[[], Page]) -> None:
    page = phone()
    page.set_viewport_size({"width": 1280, "height": 900})
    arrive(page, full, "admin", "/dashboard/k-factor/")
    page.get_by_label("Loop", exact=True).select_option("proud_parent")
    page.wait_for_url("**loop=proud_parent**")
    expect(page.locator("#growth-k-factor-read-out tbody tr")).to_have_count(1)
    expect(page.get_by_label("Loop", exact=True)).to_have_value("proud_parent")
    page.get_by_role("link", name="Attribution").click()
    page.wait_for_url("**/attribution/**loop=proud_parent**")
    page.get_by_role("link", name="Download these numbers as CSV").click()
    page.get_by_label("Password").fill("brightside-demo")  # an export asks who takes it
    with page.expect_download() as download:
        page.get_by_role("button", name="Continue").click()
    text = download.value.path().read_text()
    assert text.startswith("day,measure,loop,persona,part,amount")
    assert "proud_parent" in text
    assert "buddy_challenge" not in text


def test_opened_details_stay_open_across_live_updates(full: Site, phone: Callable[[], Page]) -> None:
    page = phone()
    arrive(page, full, "admin", "/dashboard/?days=30")
    opened = page.locator("#growth-overview-sign-ups details")
    opened.locator("summary").click()
    page.evaluate("document.querySelector('#growth-overview-sign-ups').dataset.old = 'yes'")
    # The first update after connecting sends every card.
    expect(page.locator("#growth-overview-sign-ups:not([data-old])")).to_be_visible(timeout=12_000)
    expect(opened).to_have_attribute("open", "")
