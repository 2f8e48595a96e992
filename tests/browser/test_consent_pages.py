"""The pages of a parent who verifies, on a phone and on a dark desktop."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers import Site
from tests.steps.browser import arrive

pytestmark = pytest.mark.browser
FAMILY = """
from datetime import date, timedelta
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.models import ConsentRequest, Guardianship, User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
at, grace = now(), User.objects.get(username="grace")
kid = User.objects.create(username="comet", role="student", birthdate=date(at.year - 10, 1, 1), grade=4, password="!")
other = User.objects.create(username="nova", role="student", birthdate=date(at.year - 9, 1, 1), grade=3, password="!")
Guardianship.objects.create(parent=grace, child=kid, created_at=at)
give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
asked = ConsentRequest.objects.create(
    child=other, parent_email="else@example.com", created_at=at, expires_at=at + timedelta(days=7)
)
print(kid.pk, consent_token(asked))
"""


def test_a_parent_finds_the_form_and_hands_it_in(
    site: Site, phone: Callable[[], Page], chromium: Browser, gallery: Path
) -> None:
    kid, token = site.ask(FAMILY).split()
    page = phone()
    arrive(page, site, "grace", "/family/")
    page.get_by_role("link", name="Allow chat and boards").click()
    expect(page.get_by_role("heading", name="Chat and boards for comet")).to_be_visible()
    page.screenshot(path=gallery / "91-verify.png", full_page=True)
    page.get_by_role("link", name="Print this form").click()
    expect(page.get_by_text("I am the parent or guardian")).to_be_visible()
    page.screenshot(path=gallery / "91-form.png", full_page=True)
    page.goto(f"{site.url}/family/{kid}/verify/")
    page.get_by_label("Your signed form").set_input_files(
        {"name": "form.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    page.get_by_label("Your own password").fill("brightside-demo")
    page.get_by_role("button", name="Send the form").click()
    expect(page.get_by_text("We look at your form within a few days")).to_be_visible()
    page.screenshot(path=gallery / "91-sent.png", full_page=True)
    page.goto(f"{site.url}/consent/{token}/")
    expect(page.get_by_text("This request is for another e-mail address")).to_be_visible()
    page.screenshot(path=gallery / "91-other-mailbox.png", full_page=True)
    desk = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark").new_page()
    arrive(desk, site, "grace", "/accounts/email/")
    desk.screenshot(path=gallery / "91-email-dark.png", full_page=True)
    desk.goto(f"{site.url}/family/{kid}/verify/")
    desk.screenshot(path=gallery / "91-verify-dark.png", full_page=True)
    desk.context.close()
