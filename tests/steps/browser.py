"""Drive a real browser: log in, practice, and look at a page."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.servers import Site


def solution(site: Site, page: Page) -> int:
    """The right choice of the question on the screen, read from the site's database."""
    attempt = page.url.rstrip("/").split("/")[-1]
    position = page.locator("input[name=position]").get_attribute("value")
    return int(
        site.ask(
            "from viral_engine.learning.models import Answer;"
            f"print(Answer.objects.get(attempt_id='{attempt}', position={position}).question.answer)"
        )
    )


def log_in(page: Page, username: str) -> None:
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password").fill("brightside-demo")
    page.get_by_role("button", name="Log in").click()


def play(site: Site, page: Page, gallery: Path, name: str, *, right: int) -> None:
    """Answer five questions by keyboard, and ask for the result."""
    for number in range(5):
        expect(page.locator("legend.prompt")).to_be_visible()
        choice = solution(site, page) if number < right else (solution(site, page) + 1) % 4
        page.keyboard.press(str(choice + 1))
        page.get_by_role("button", name="Check answer").click()
        expect(page.get_by_text("Right." if number < right else "Not quite.", exact=True)).to_be_visible()
        if number in {0, 2}:
            page.screenshot(path=gallery / f"{name}-answer-{number + 1}.png", full_page=True)
        if number < 4:
            page.get_by_role("link", name="Next question").click()
    page.get_by_role("button", name="See your result").click()


SOON_MS = 1000


def arrive(page: Page, site: Site, username: str, path: str) -> None:
    page.goto(f"{site.url}/accounts/login/?next={path}")
    log_in(page, username)
    page.wait_for_url(lambda url: "login" not in url)


def luminance(color: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(page: Page, selector: str) -> float:
    """WCAG 2.2 contrast of an element's text against the nearest painted background."""
    page.wait_for_selector(selector)
    ink, paper = page.evaluate(  # found and read in one step: a live page may swap the element in between
        """selector => {
            let node = document.querySelector(selector);
            const ink = getComputedStyle(node).color;
            while (getComputedStyle(node).backgroundColor === "rgba(0, 0, 0, 0)") node = node.parentElement;
            return [ink, getComputedStyle(node).backgroundColor];
        }""",
        selector,
    )
    bright, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


SIZES = {"phone": (390, 844), "desk": (1280, 800)}


def portraits(page: Page, gallery: Path, name: str) -> None:
    """Take pictures of the page on a phone and a desk, light and dark; on the smallest phone nothing overflows."""
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320, name
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=gallery / f"60-{name}-{size}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})


def answer(page: Page, number: int) -> None:
    expect(page.get_by_text(f"Question {number} of 20")).to_be_visible()
    page.keyboard.press(str(number % 4 + 1))
    page.locator(".question button[data-enter]").click()


FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: while Playwright's loop runs in a thread, Django refuses database calls in it."""
    with sync_playwright() as playwright:
        yield open_chromium(playwright)


def open_chromium(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)


def grave_findings(page: Page, npm_packages: Path) -> list[Any]:
    """Findings of axe that are serious or critical: (rule, where)."""
    page.evaluate((npm_packages / "axe-core" / "axe.min.js").read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.fixture(scope="session")
def gallery() -> Path:
    folder = settings.VAR_DIR / "screenshots" / ("postgresql" if settings.ON_POSTGRESQL else "sqlite")
    folder.mkdir(parents=True, exist_ok=True)
    return Path(folder)
