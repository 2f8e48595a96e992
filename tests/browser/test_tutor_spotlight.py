"""The tutor's page as a family sees it, and the tutor's own two pages, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import arrive, contrast, portraits

# A home page shows the newest offer, which would be one of a session summary.
pytestmark = [pytest.mark.browser, pytest.mark.site(FEATURE_SESSION_INTELLIGENCE="false")]
LANDING = (
    "from loops.models import Link; from loops.core.registry import loop_of;"
    "link = Link.objects.all().with_details('tutor_spotlight').get(loop='tutor_spotlight');"
    "print(loop_of(link).landing(link))"
)


def test_a_family_asks_and_the_tutor_says_yes(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    toni, dee = phone(), phone()
    arrive(toni, site, "toni", "/")
    offer = toni.locator(".offer")
    expect(offer.get_by_role("heading", name="A session worth sharing")).to_be_visible()
    portraits(toni, gallery, "tutor-home")
    offer.get_by_role("link", name="Take a look").click()
    expect(toni.get_by_role("img", name="I teach Math")).to_have_js_property("naturalWidth", 1200)
    for name in ("WhatsApp", "Message", "E-mail"):
        expect(toni.get_by_role("link", name=name, exact=True)).to_be_visible()
    portraits(toni, gallery, "tutor-share")

    dee.goto(site.url + site.ask(LANDING))
    expect(dee.get_by_role("heading", name="Toni", exact=True)).to_be_visible()
    expect(dee.get_by_role("button", name="Try five questions")).to_be_visible()
    assert contrast(dee, ".ticket") >= 4.5
    portraits(dee, gallery, "tutor-landing")
    dee.get_by_role("button", name="Request a session").click()
    expect(dee.get_by_text("Ask a parent to book.")).to_be_visible()
    portraits(dee, gallery, "tutor-landing-errors")
    dee.get_by_label("Your first name").fill("Dee")
    dee.get_by_label("E-mail").fill("dee@example.org")
    dee.get_by_label("When works for you?").fill("Tuesdays after 4 pm")
    dee.get_by_label("I am a parent").check()
    dee.get_by_role("button", name="Request a session").click()
    expect(dee.get_by_role("heading", name="Toni has your request")).to_be_visible()
    portraits(dee, gallery, "tutor-asked")

    toni.goto(site.url + "/tutoring/requests/")
    expect(toni.get_by_text("Tuesdays after 4 pm")).to_be_visible()
    portraits(toni, gallery, "tutor-requests")
    toni.get_by_role("button", name="Accept").click()
    expect(toni.get_by_role("link", name="dee@example.org")).to_be_visible()
    portraits(toni, gallery, "tutor-requests-accepted")
    toni.goto(site.url + "/tutoring/referrals/")
    expect(toni.locator("figure.chart svg")).to_be_visible()
    portraits(toni, gallery, "tutor-referrals")
    dee.goto(site.url + "/tutoring/bookings/")
    expect(dee.get_by_text("Agreed, with 50% off the first session.")).to_be_visible()
    portraits(dee, gallery, "tutor-bookings")
