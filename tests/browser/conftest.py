"""Debian's Chromium, with a site of its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per module: while Playwright's event loop runs in this thread, Django refuses its database calls."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Console errors of the browser; a test passes only without any, including policy violations."""
    found: list[str] = []
    yield found
    assert found == []


def is_complaint(line: ConsoleMessage) -> bool:
    """Return whether it is an error or warning, except for a page left while its socket was connecting."""
    is_left = "closed before the connection is established" in line.text or line.text.startswith("htmx:wsError")
    return line.type in {"error", "warning"} and not is_left


def grave_findings(page: Page, npm_packages: Path) -> list[Any]:
    """Return serious and critical axe findings on the current page: (rule, where)."""
    page.evaluate((npm_packages / "axe-core" / "axe.min.js").read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.fixture
def phone(chromium: Browser, complaints: list[str]) -> Iterator[Callable[[], Page]]:
    """A new person's phone: 390 x 844, with its own cookies."""
    contexts: list[BrowserContext] = []

    def open_phone() -> Page:
        contexts.append(chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True))
        page = contexts[-1].new_page()
        page.on("console", lambda line: complaints.append(line.text) if is_complaint(line) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_phone
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def gallery() -> Path:
    folder = settings.VAR_DIR / "screenshots" / ("postgresql" if settings.ON_POSTGRESQL else "sqlite")
    folder.mkdir(parents=True, exist_ok=True)
    return Path(folder)
