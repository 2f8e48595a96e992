"""A recap as its parent, another parent and a mail program show it: phone and desktop, light and dark."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers import Site
from tests.steps.browser import arrive, contrast

# A home page shows the newest offer, which would be one of a session summary.
pytestmark = [pytest.mark.browser, pytest.mark.site(FEATURE_SESSION_INTELLIGENCE="false")]
SIZES = ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark"))
# Two weeks of Ada by the real services; Grace gets the recaps and agrees to share them; a worker's code makes the reel.
TELL = """
from datetime import timedelta
from loops.models import GrowthEmail, Link
from loops.proud_parent.models import Recap
from loops.proud_parent.recaps import generate_recaps
from loops.proud_parent.reels import make_reels
from loops.core.links import token_for
from tests.factories import practice
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
at = now()
monday = (at - timedelta(days=at.weekday())).replace(hour=12)
ada, grace = User.objects.get(username="ada"), User.objects.get(username="grace")
for kind in ("coppa", "ferpa"):
    give_consent(parent=grace, child=ada, kind=kind, method="password", ip_hash="", at=at)
for days, slug, right in ((-13, "algebra", 2), (-6, "algebra", 4), (-5, "algebra", 5), (-4, "geometry", 4)):
    practice(ada, Skill.objects.get(slug=slug), right=right, at=monday + timedelta(days=days))
made = generate_recaps(at=monday + timedelta(days=6))
"""
LOOK = """
from loops.models import GrowthEmail, Link
from loops.proud_parent.models import Recap
from loops.core.links import token_for
print(Recap.objects.get(parent__username="grace").pk, token_for(Link.objects.get(loop="proud_parent"), "parent"))
"""
LETTER = """
from django.conf import settings
from django.core import mail
settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
from loops.core.emails import send_email
from loops.models import GrowthEmail
letter = GrowthEmail.objects.get(recipient__username="grace")
mail.get_connection()
mail.outbox = []
send_email(letter, "grace@example.com")
print(mail.outbox[0].alternatives[0][0])
"""


def test_a_recap_is_read_shared_and_tried(
    site: Site, chromium: Browser, phone: Callable[[], Page], gallery: Path
) -> None:
    site.ask(TELL)
    recap_id, token = site.ask(LOOK).split()
    grace = phone()
    arrive(grace, site, "grace", "/")
    expect(grace.get_by_role("heading", name="A week to be proud of")).to_be_visible()
    grace.screenshot(path=gallery / "80-parent-home.png", full_page=True)
    grace.goto(f"{site.url}/recaps/{recap_id}/")
    expect(grace.get_by_role("heading", name="Ada's week")).to_be_visible()
    expect(grace.get_by_alt_text("A film of the week, 24 seconds")).to_be_visible(timeout=60_000)  # drawn by the worker
    expect(grace.get_by_alt_text("A film of the week")).to_have_js_property("naturalWidth", 540)
    for width, scheme in SIZES:
        grace.set_viewport_size({"width": width, "height": 844})
        grace.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert grace.evaluate("document.documentElement.scrollWidth") == width
        for selector in (".week dt", ".week dd.small", ".chip", ".week-best"):
            assert contrast(grace, selector) >= 4.5, (width, scheme, selector)
        grace.screenshot(path=gallery / f"81-week-{width}-{scheme}.png", full_page=True)
    other = phone()
    for width, scheme in SIZES:
        other.set_viewport_size({"width": width, "height": 844})
        other.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        other.goto(f"{site.url}/signup/parent/{token}")
        expect(other.get_by_role("heading", name="Grace is proud of Ada's week")).to_be_visible()
        expect(other.locator("img.reel")).to_have_js_property("naturalWidth", 540)
        other.wait_for_timeout(4500)  # past the title of the film
        assert other.evaluate("document.documentElement.scrollWidth") == width
        for selector in (".offer p", ".week dt", ".button.wide"):
            assert contrast(other, selector) >= 4.5, (width, scheme, selector)
        other.screenshot(path=gallery / f"82-landing-{width}-{scheme}.png", full_page=True)
    other.get_by_role("button", name="Try five questions").click()
    expect(other.locator("legend.prompt")).to_be_visible()
    other.goto(f"{site.url}/signup/parent/{token}")
    other.get_by_role("button", name="Sign up as a parent").click()
    expect(other.get_by_role("heading", name="When is your birthday?")).to_be_visible()


def test_the_recap_email_renders(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    if site.ask("from loops.models import GrowthEmail; print(GrowthEmail.objects.count())") == "0":
        site.ask(TELL)
    html, page = site.ask(LETTER), phone()
    for width, scheme in SIZES:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_content(html)
        expect(page.get_by_role("heading", name="Ada's week")).to_be_visible()
        expect(page.get_by_role("link", name="Unsubscribe")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for selector in (".head h1", ".tile b", ".tile span", ".body p", ".button", ".foot p", ".foot a"):
            assert contrast(page, selector) >= 4.5, (width, scheme, selector)
        page.screenshot(path=gallery / f"83-letter-{width}-{scheme}.png", full_page=True)
