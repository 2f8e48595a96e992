"""Chromium with a phone's screen, for the pages of a running site."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.steps.browser import chromium, gallery

__all__ = ["chromium", "gallery"]  # fixtures for tests of this folder


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Errors and warnings of the browser's console; a test with any fails, policy violations included."""
    found: list[str] = []
    yield found
    assert found == []


def is_complaint(line: ConsoleMessage) -> bool:
    """An error or a warning, other than that of a page left while its socket was still opening."""
    is_left = "closed before the connection is established" in line.text or line.text.startswith("htmx:wsError")
    return line.type in {"error", "warning"} and not is_left


@pytest.fixture
def phone(chromium: Browser, complaints: list[str]) -> Iterator[Callable[[], Page]]:
    """Open pages on new phones: 390 x 844, each with its own cookies."""
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
