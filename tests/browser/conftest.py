"""Debian's chromium, looking at a site of its own."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.steps.browser import chromium, gallery

__all__ = ["chromium", "gallery"]  # fixtures for tests of this folder


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser's console complained of; a test passes only with none, policy violations included."""
    found: list[str] = []
    yield found
    assert found == []


def is_complaint(line: ConsoleMessage) -> bool:
    """Errors and warnings, but for a page that was left while its socket was still being opened."""
    is_left = "closed before the connection is established" in line.text or line.text.startswith("htmx:wsError")
    return line.type in {"error", "warning"} and not is_left


@pytest.fixture
def phone(chromium: Browser, complaints: list[str]) -> Iterator[Callable[[], Page]]:
    """A new person's phone: 390 x 844, own cookies."""
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
