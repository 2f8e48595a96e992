"""A session's summary in a real browser, as tutor, student and parent; the citation leads to its line."""

import re
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import arrive, contrast, portraits
from viral_engine.seed import TRANSCRIPT

pytestmark = pytest.mark.browser
START = (
    "from viral_engine.kernel.clock import now; from datetime import timedelta;"
    "print((now() - timedelta(hours=5)).strftime('%Y-%m-%dT%H:%M'))"
)


def test_a_transcript_becomes_a_summary_while_the_tutor_looks(
    site: Site, phone: Callable[[], Page], gallery: Path
) -> None:
    page = phone()
    arrive(page, site, "toni", "/sessions/new/")
    expect(page.get_by_role("heading", name="Before you record")).to_be_visible()
    page.get_by_label("Student").select_option("Ada E.")
    page.get_by_label("Subject").select_option("Math")
    page.get_by_label("Started").fill(site.ask(START).strip())
    page.get_by_label("Transcript file").set_input_files(TRANSCRIPT)
    started = monotonic()
    page.get_by_role("button", name="Save the session").click()
    expect(page.get_by_role("heading", name="Ideas from this session")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("We are reading the transcript")).to_be_hidden(timeout=10_000)
    took_s = monotonic() - started
    print(f"from the upload to the ideas: {took_s:.1f} s")
    assert took_s < 10
    path = page.url.removeprefix(site.url)

    # A citation opens the transcript at its line.
    page.locator(".homework_items .cites a").first.click()
    expect(page.locator("li:target")).to_be_visible()
    expect(page.locator("li:target")).to_contain_text("homework")
    assert contrast(page, ".cites a") >= 4.5
    portraits(page, gallery, "insights-tutor")
    page.get_by_role("link", name="Open the pack").click()
    expect(page.get_by_role("heading", name="Practice set")).to_be_visible()
    portraits(page, gallery, "prep-pack")

    for reader in ("ada", "grace"):
        theirs = phone()
        arrive(theirs, site, reader, path)
        expect(theirs.get_by_role("heading", name="Ideas from this session")).to_be_visible()
        portraits(theirs, gallery, f"insights-{reader}")
        if reader == "ada":
            theirs.get_by_role("link", name="Share it").first.click()
            expect(theirs.get_by_text(re.compile("five questions", re.IGNORECASE)).first).to_be_visible()
            portraits(theirs, gallery, "session-share-sheet")
