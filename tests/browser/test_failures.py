"""Failures of network, server or clipboard as a person sees them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.servers import Site
from tests.steps.browser import log_in, play

pytestmark = pytest.mark.browser


@pytest.fixture
def learner(site: Site, phone: Callable[[], Page]) -> Callable[[str], Page]:
    def open_as(name: str) -> Page:
        page = phone()
        page.goto(site.url + "/accounts/login/")
        log_in(page, name)
        expect(page.get_by_role("heading", name="Hello,")).to_be_visible()
        return page

    return open_as


@pytest.mark.parametrize(
    ("failure", "notice"),
    [
        (lambda route: route.abort(), "No connection."),
        (lambda route: route.fulfill(status=500, body="<h1>Oops</h1>"), "Something broke on our side."),
        (lambda route: route.fulfill(status=403, body=""), "This page was open for too long"),
    ],
)
def test_an_answer_that_failed_to_send_is_kept_with_an_error(
    learner: Callable[[str], Page],
    complaints: list[str],
    gallery: Path,
    failure: Callable[[Route], None],
    notice: str,
) -> None:
    page = learner("cy")
    page.locator("button.skill", has_text="Fractions").click()
    expect(page.locator("legend.prompt")).to_be_visible()
    page.route("**/answer/", failure)
    page.keyboard.press("2")
    page.get_by_role("button", name="Check answer").click()
    note = page.get_by_role("alert")
    expect(note).to_contain_text(notice)
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    page.screenshot(path=gallery / "30-trouble.png", full_page=True)
    page.unroute("**/answer/")
    page.get_by_role("button", name="Check answer").click()
    expect(page.get_by_text("Next question")).to_be_visible()
    expect(note).to_have_count(0)
    complaints.clear()  # the browser logs the failed request that this test causes


def test_a_refused_clipboard_leaves_the_link_selected(
    site: Site, learner: Callable[[str], Page], gallery: Path
) -> None:
    page = learner("dee")
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    page.locator("button.skill", has_text="Geometry").click()
    play(site, page, gallery, "31-dee", right=4)
    offer = page.get_by_role("dialog", name="Dare a friend")
    field = offer.get_by_label("Or copy the link yourself")
    expect(field).to_have_attribute("readonly", "")
    offer.get_by_role("button", name="Copy").click()
    expect(offer.get_by_text("Your browser does not let us copy.")).to_be_visible()
    selected = page.evaluate("String(getSelection()) || document.activeElement.value")
    assert "/r/" in selected
    page.screenshot(path=gallery / "31-copy-refused.png")
    with page.expect_response("**/sent/") as sent:
        page.keyboard.press("Control+C")
    assert sent.value.status == 204
    expect(offer.get_by_text("Copied. Paste it to a friend.")).to_be_visible()


def test_a_share_button_confirms_only_real_actions(site: Site, learner: Callable[[str], Page], gallery: Path) -> None:
    page = learner("eli")
    page.locator("button.skill", has_text="Geometry").click()
    play(site, page, gallery, "32-eli", right=4)
    offer = page.get_by_role("dialog", name="Dare a friend")
    expect(offer).to_be_visible()
    page.evaluate("document.querySelector('[data-channel=sms]').addEventListener('click', (e) => e.preventDefault())")
    offer.get_by_role("link", name="Message").click()
    expect(offer.get_by_text("Now send it in the app that opened.")).to_be_visible()
