"""The page of a child, the export and the privacy pages: phone and desktop, light and dark."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import arrive, portraits

pytestmark = pytest.mark.browser
# Ada has shared a challenge and a practice; Grace agreed to two things and took one back.
SHARE = """
from datetime import timedelta
from tests.factories import challenge_of
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
at = now()
ada, grace = User.objects.get(username="ada"), User.objects.get(username="grace")
for kind in ("coppa", "ferpa", "third_party"):
    give_consent(parent=grace, child=ada, kind=kind, method="password", ip_hash="", at=at)
withdraw_consent(parent=grace, child=ada, kind="third_party", at=at)
challenge_of(ada, Skill.objects.get(slug="algebra"), at)
print(ada.pk)
"""


def test_a_parent_looks_after_a_child(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    ada_id = site.ask(SHARE).split()[-1]
    page = phone()
    arrive(page, site, "grace", f"/family/{ada_id}/")
    page.get_by_text("What you agreed to, and when").click()
    portraits(page, gallery, "child")
    take_back = page.get_by_role("button", name="Take back: Buddy Challenge")
    before = take_back.count()
    take_back.first.click()
    expect(page.get_by_text("Nobody can open it any more.")).to_be_visible()
    expect(take_back).to_have_count(before - 1)
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()
    page.get_by_role("link", name="See all data").click()
    portraits(page, gallery, "export-form")
    page.get_by_label("Your own password").fill("brightside-demo")
    page.get_by_role("button", name="Show the data").click()
    expect(page.get_by_role("heading", name="All data about ada")).to_be_visible()
    expect(page.get_by_text("That is everything.")).to_be_visible()
    portraits(page, gallery, "export")
    page.goto(f"{site.url}/family/")
    portraits(page, gallery, "family")


@pytest.mark.parametrize("path", ["/privacy/", "/privacy/children/", "/privacy/retention/"])
def test_the_privacy_pages(site: Site, phone: Callable[[], Page], gallery: Path, path: str) -> None:
    page = phone()
    page.goto(f"{site.url}{path}")
    portraits(page, gallery, path.strip("/").replace("/", "-"))
